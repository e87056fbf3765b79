import { sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { asPlatform, rowsOf } from '../db/index.ts'

/** What happened after a position of the outbox. */
export interface OutboxNews {
  /** Where the outbox ends by now. */
  position: number
  /** Those of which something was told that may bear on what they may do. */
  organizationIds: string[]
}

/** After null: nothing, but where the outbox ends. */
export async function changedOrganizations(ctx: Context, after: number | null): Promise<OutboxNews> {
  const bears = sql`after is not null and split_part(type, '.', 1) in ('subscription', 'entitlements', 'usage')`
  const [row] = await asPlatform(ctx.db, ({ tx }) =>
    rowsOf<{ position: string | null; organizations: string[] | null }>(
      tx.execute(sql`select max(position)::text as position, json_agg(distinct organization_id) filter (where ${bears}) as organizations
        from billhook.billing_events, (select ${after}::bigint as after) a where position > coalesce(after, 0)`),
    ),
  )
  return { position: Number(row?.position ?? after ?? 0), organizationIds: row?.organizations ?? [] }
}
