import { sql } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { asPlatform, type Database, rowsOf } from '../../db/index.ts'

const made = new WeakMap<Database, Set<string>>()

/** Makes sure that there is room for events that arrive now; asks the database once a month. */
export async function requirePartition(ctx: Context, at: Date): Promise<void> {
  const month = at.toISOString().slice(0, 7)
  const known = made.get(ctx.db) ?? new Set()
  if (known.has(month)) return
  await asPlatform(ctx.db, ({ tx }) =>
    tx.execute(sql`select billhook.make_usage_partition(${at.toISOString()}::timestamptz)`),
  )
  made.set(ctx.db, known.add(month))
}

/** Answers how many months are gone. */
export async function dropPartitions(ctx: Context, olderThan: Date): Promise<number> {
  const [row] = await asPlatform(ctx.db, ({ tx }) =>
    rowsOf<{ dropped: number }>(
      tx.execute(sql`select billhook.drop_usage_partitions(${olderThan.toISOString()}::timestamptz) as dropped`),
    ),
  )
  return row?.dropped ?? 0
}

/** Counters of windows that were over before then, with the values they have seen, and reservations that had expired. Answers how many. */
export async function deleteOver(ctx: Context, before: Date): Promise<number> {
  const at = sql`${before.toISOString()}::timestamptz`
  return asPlatform(ctx.db, async ({ tx }) => {
    const counters = await rowsOf(
      tx.execute(sql`delete from billhook.usage_counters where ends_at < ${at} returning ends_at`),
    )
    const reservations = await rowsOf(
      tx.execute(sql`delete from billhook.usage_reservations where expires_at < ${at} returning expires_at`),
    )
    return counters.length + reservations.length
  })
}
