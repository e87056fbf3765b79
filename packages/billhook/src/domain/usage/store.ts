import { and, eq, type SQL, sql } from 'drizzle-orm'
import { insertRecords, type OrganizationScope, rowsOf, type Statement } from '../../db/index.ts'
import { usageCounters, type usageRollups, usageValues } from '../../db/schema/index.ts'
import { type Quantity, quantityFromText, quantityText } from '../../primitives/index.ts'
import type { Counter } from '../entitlements/index.ts'
import type { Meter, UsageProperties } from '../meters/index.ts'
import type { CountedEvent } from './tally.ts'

export interface StoredEvent {
  meterId: string
  eventId: string
  value: Quantity | null
  occurredAt: Date
  properties: UsageProperties
}

/** Which of these ids were counted before, of what has arrived in a span of time: looked up one by one, which is what `offset 0` is for. */
export const storedQuestion = (
  organizationId: string,
  ids: readonly string[],
  { since, before }: { since: Date; before: Date },
): Statement =>
  sql`select e.* from json_array_elements_text(${JSON.stringify(ids)}::json) as i (id) cross join lateral (
      select x.meter_id as "meterId", x.event_id as "eventId", x.value::text, x.occurred_at::text as "occurredAt", x.properties
      from billhook.usage_events x where x.organization_id = ${organizationId} and x.event_id = i.id
        and x.received_at >= ${since.toISOString()}::timestamptz and x.received_at < ${before.toISOString()}::timestamptz offset 0) e`

type StoredRow = Pick<StoredEvent, 'meterId' | 'eventId' | 'properties'> & { value: string | null; occurredAt: string }

export const toStoredEvents = (answer: readonly unknown[]): StoredEvent[] =>
  (answer as readonly StoredRow[]).map((row) => ({
    ...row,
    value: row.value === null ? null : quantityFromText(row.value),
    occurredAt: new Date(row.occurredAt),
  }))

/** The same, asked by itself. */
export const findStored = async (
  scope: OrganizationScope,
  ids: readonly string[],
  span: { since: Date; before: Date },
): Promise<StoredEvent[]> =>
  toStoredEvents(await rowsOf(scope.tx.execute(storedQuestion(scope.organizationId, ids, span))))

/** Organization and time of arrival are said once: it is the longest statement there is. */
export function insertEvents(organizationId: string, receivedAt: Date, events: readonly CountedEvent[]): Statement[] {
  if (events.length === 0) return []
  const records = events.map(({ meter, eventId, occurredAt, countedAt, value, properties }) => {
    const o = occurredAt.toISOString()
    const c = countedAt === occurredAt ? o : countedAt.toISOString()
    return { m: meter.id, e: eventId, o, c, v: value === null ? null : quantityText(value), p: properties }
  })
  return [
    sql`insert into billhook.usage_events (organization_id, meter_id, event_id, received_at, occurred_at, counted_at, value, properties)
      select ${organizationId}, m, e, ${receivedAt.toISOString()}::timestamptz, o, c, v, p
      from json_to_recordset(${JSON.stringify(records)}::json) as r (m text, e text, o timestamptz, c timestamptz, v numeric, p jsonb)`,
  ]
}

const addedUp = sql.raw(`events = r.events + excluded.events, total = r.total + excluded.total,
  highest = greatest(r.highest, excluded.highest),
  last_value = case when (excluded.last_at, excluded.last_value) > (r.last_at, r.last_value) then excluded.last_value else r.last_value end,
  last_at = greatest(r.last_at, excluded.last_at)`)
const rollupColumns = sql.raw(
  'organization_id, meter_id, bucket_at, groups, events, total, highest, last_value, last_at',
)

/** Adds to what there is. */
export const addRollups = (rows: ReadonlyArray<typeof usageRollups.$inferInsert>): Statement[] =>
  rows.length === 0
    ? []
    : [
        sql`insert into billhook.usage_rollups as r (${rollupColumns}) select ${rollupColumns}
          from json_populate_recordset(null::billhook.usage_rollups, ${JSON.stringify(rows.map(rollupRecord))}::json)
          on conflict (organization_id, meter_id, bucket_at, groups) do update set ${addedUp}`,
      ]

const rollupRecord = (row: typeof usageRollups.$inferInsert) => ({
  organization_id: row.organizationId,
  meter_id: row.meterId,
  bucket_at: row.bucketAt,
  groups: row.groups,
  events: row.events,
  total: row.total,
  highest: row.highest,
  last_value: row.lastValue,
  last_at: row.lastAt,
})

/** As they are now: whoever writes them holds the lock and has read them under it. */
export function putCounters(organizationId: string, counters: readonly Counter[], updatedAt: Date): Statement[] {
  const rows = counters.map(({ used, ...counter }) => ({
    organizationId,
    ...counter,
    used: quantityText(used),
    updatedAt,
  }))
  const set = ['endsAt', 'used', 'lastAt', 'highestLimits', 'told', 'updatedAt'] as const
  return rows.length === 0
    ? []
    : [insertRecords(usageCounters, rows, { target: ['organizationId', 'meterId', 'startsAt'], set })]
}

/** Of a counter that nobody has kept since its window seemed to be over. */
export async function findRemembered(
  scope: OrganizationScope,
  meterId: string,
  startsAt: Date,
): Promise<Pick<Counter, 'highestLimits' | 'told'>> {
  const [row] = await scope.tx
    .select({ highestLimits: usageCounters.highestLimits, told: usageCounters.told })
    .from(usageCounters)
    .where(
      and(
        eq(usageCounters.organizationId, scope.organizationId),
        eq(usageCounters.meterId, meterId),
        eq(usageCounters.startsAt, startsAt),
      ),
    )
  return row ?? { highestLimits: {}, told: {} }
}

/** The different values that a new counter begins with, of all that was counted since its start. */
export async function fillValues(scope: OrganizationScope, { id, property }: Meter, startsAt: Date): Promise<void> {
  const start = sql`${startsAt.toISOString()}::timestamptz`
  const isItsOwn = sql`organization_id = ${scope.organizationId} and meter_id = ${id}`
  // It may have been kept before, up to the end of a window that was moved.
  await scope.tx.execute(sql`delete from billhook.usage_values where ${isItsOwn} and starts_at = ${start}`)
  await scope.tx.execute(sql`insert into billhook.usage_values (organization_id, meter_id, starts_at, value)
    select distinct organization_id, meter_id, ${start}, properties ->> ${property} from billhook.usage_events
    where ${isItsOwn} and counted_at >= ${start} and value is not null`)
}

type ValueRow = typeof usageValues.$inferInsert

/** Those that a counter has not seen before. */
export async function insertValues(
  scope: OrganizationScope,
  rows: readonly ValueRow[],
): Promise<Array<{ meterId: string; startsAt: Date }>> {
  const statement: SQL = sql`${insertRecords(usageValues, rows)} on conflict do nothing returning meter_id, starts_at::text`
  const added = await rowsOf<{ meter_id: string; starts_at: string }>(scope.tx.execute(statement))
  return added.map((row) => ({ meterId: row.meter_id, startsAt: new Date(row.starts_at) }))
}
