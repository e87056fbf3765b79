import { type SQL, sql } from 'drizzle-orm'
import { type OrganizationScope, rowsOf } from '../../db/index.ts'
import type { Aggregation, Meter } from './meter.ts'

/** Usage that is counted from `from` on and before `to`; null: all that there is. */
export interface UsageRange {
  meter: Meter
  from: Date
  to: Date | null
}

export interface UsageCut {
  /** Days of this zone. */
  byDayIn: string | null
  /** One of the meter's groups. */
  byGroup: string | null
}

export interface UsageRow {
  day: string | null
  group: string | null
  value: string
  lastAt: Date | null
}

/** A quarter of an hour: rollups are kept for each. */
export const bucketMs = 900_000
/** Later than anything that can be counted, and still a time to Postgres. */
export const forever = new Date('9999-12-31T00:00:00Z')

/**
 * Whole quarters of an hour are read from rollups, what sticks out at either end from the events themselves: exact, wherever the range begins
 * and ends, and as quick as there are few edges.
 */
function parts(organizationId: string, { meter, from, to }: UsageRange): SQL {
  const end = to ?? forever
  const lastWhole = new Date(Math.floor(end.getTime() / bucketMs) * bucketMs)
  const firstWhole = new Date(
    Math.min(Math.ceil(from.getTime() / bucketMs) * bucketMs, Math.max(lastWhole.getTime(), from.getTime())),
  )
  const events = (
    since: Date,
    before: Date,
  ): SQL => sql`select counted_at, properties, 1, value, value, value, occurred_at
    from billhook.usage_events where organization_id = ${organizationId} and meter_id = ${meter.id} and value is not null
      and counted_at >= ${since.toISOString()}::timestamptz and counted_at < ${before.toISOString()}::timestamptz`
  const isWithinOneBucket = firstWhole > lastWhole
  return isWithinOneBucket
    ? sql`select r.* from (${events(from, end)}) as r (at, groups, events, total, highest, last_value, last_at)`
    : sql`select bucket_at as at, groups, events, total, highest, last_value, last_at from billhook.usage_rollups
        where organization_id = ${organizationId} and meter_id = ${meter.id}
          and bucket_at >= ${firstWhole.toISOString()}::timestamptz and bucket_at < ${lastWhole.toISOString()}::timestamptz
      union all ${events(from, firstWhole)} union all ${events(lastWhole, end)}`
}

const whole = {
  count: 'sum(events)',
  sum: 'sum(total)',
  max: 'max(highest)',
  // Of two at one instant the higher one, so that the order of their arrival does not matter.
  last: '(array_agg(last_value order by last_at desc, last_value desc))[1]',
} satisfies Record<Exclude<Aggregation, 'unique'>, string>

/** By day and group where that is asked; without any, one row. Nothing counted is no row. */
export async function selectUsage(
  scope: OrganizationScope,
  range: UsageRange,
  { byDayIn, byGroup }: UsageCut = { byDayIn: null, byGroup: null },
): Promise<UsageRow[]> {
  const { meter } = range
  const day = byDayIn === null ? sql.raw('null::date') : sql`(at at time zone ${byDayIn})::date`
  const group = byGroup === null ? sql.raw('null::text') : sql`coalesce(groups ->> ${byGroup}, '')`
  const value =
    meter.aggregation === 'unique'
      ? sql`count(distinct groups ->> ${meter.property})`
      : sql.raw(whole[meter.aggregation])
  const source =
    meter.aggregation === 'unique' ? everyEvent(scope.organizationId, range) : parts(scope.organizationId, range)
  const rows = await rowsOf<{ day: string | null; group: string | null; value: string; last_at: string | null }>(
    scope.tx.execute(sql`select to_char(s.day, 'YYYY-MM-DD') as day, s."group", s.value::text, s.last_at::text from (
      select ${day} as day, ${group} as "group", ${value} as value, max(last_at) as last_at from (${source}) p group by 1, 2
    ) s order by s.day, s."group"`),
  )
  return rows.map((row) => ({ ...row, lastAt: row.last_at === null ? null : new Date(row.last_at) }))
}

/** Different values cannot be added up from rollups. */
const everyEvent = (organizationId: string, { meter, from, to }: UsageRange): SQL =>
  sql`select counted_at as at, properties as groups, occurred_at as last_at from billhook.usage_events
    where organization_id = ${organizationId} and meter_id = ${meter.id} and value is not null
      and counted_at >= ${from.toISOString()}::timestamptz and counted_at < ${(to ?? forever).toISOString()}::timestamptz`

/** What the meter says of the range: nothing counted is nothing. */
export async function sumUsage(
  scope: OrganizationScope,
  range: UsageRange,
): Promise<{ value: string; lastAt: Date | null }> {
  const [row] = await selectUsage(scope, range)
  return { value: row?.value ?? '0', lastAt: row?.lastAt ?? null }
}
