import { type SQL, sql } from 'drizzle-orm'
import type { Context } from '../context.ts'

interface ToldEvent {
  id: string
  organization_id: string
  type: string
}

/**
 * One delivery row for each event and each one who hears of it: the listeners of this process, and the active endpoints that want it. A part
 * of the statement that writes the events: it reads them from what they are written from, since parts do not see each other's rows.
 */
export function fanOut(ctx: Pick<Context, 'clock' | 'receivers'>, events: readonly ToldEvent[]): SQL {
  const told = events.map(({ id, organization_id, type }) => ({ id, organization_id, type }))
  const listeners = JSON.stringify([...ctx.receivers.keys()])
  return sql`insert into billhook.deliveries (id, organization_id, billing_event_id, receiver, endpoint_id, status, attempts, due_at)
    select ${deliveryId}, e.organization_id, e.id, r.receiver, r.endpoint_id, 'pending', 0, ${ctx.clock.now().toISOString()}::timestamptz
    from json_to_recordset(${JSON.stringify(told)}::json) as e (id text, organization_id text, type text)
    cross join lateral (
      select value as receiver, null as endpoint_id from json_array_elements_text(${listeners}::json)
      union all
      select w.id, w.id from billhook.webhook_endpoints w
      where w.status = 'active' and (w.organization_id is null or w.organization_id = e.organization_id) and ${isWanted}
    ) r`
}

/** Of event `e` and receiver `r`: it sorts like the event, and the same two never get another one. */
export const deliveryId = sql.raw(
  `'bhdel_' || substr(e.id, 7, 16) || '8' || left(encode(sha256(convert_to(e.id || r.receiver, 'UTF8')), 'hex'), 15)`,
)

/** Whether endpoint `w` wants event `e`: its filter names the type, or everything of its object (`invoice.*`). */
export const isWanted = sql.raw(
  `(w.event_types is null or e.type = any (w.event_types) or split_part(e.type, '.', 1) || '.*' = any (w.event_types))`,
)
