import { and, eq, type SQL, sql } from 'drizzle-orm'
import { arrayLiteral, insertRecords, type OrganizationScope, rowsOf, type Statement } from '../../db/index.ts'
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

/** The ids that an organization's senders have given to events. */
export interface SentIds {
  organizationId: string
  eventIds: readonly string[]
}

interface Span {
  since: Date
  before: Date
}

/** Which of these ids were counted before, of what has arrived in a span of time: looked up one by one, which is what `offset 0` is for. */
export const storedQuestion = (sent: readonly SentIds[], { since, before }: Span): Statement =>
  sql`select s.o as "organizationId", e.* from json_to_recordset(${sentRecords(sent)}::json) as s (o text, ids text[])
    cross join lateral unnest(s.ids) as i (id) cross join lateral (
      select x.meter_id as "meterId", x.event_id as "eventId", x.value::text, x.occurred_at::text as "occurredAt", x.properties
      from billhook.usage_events x where x.organization_id = s.o and x.event_id = i.id
        and x.received_at >= ${since.toISOString()}::timestamptz and x.received_at < ${before.toISOString()}::timestamptz offset 0) e`

const sentRecords = (sent: readonly SentIds[]): string =>
  JSON.stringify(sent.map(({ organizationId, eventIds }) => ({ o: organizationId, ids: eventIds })))

type StoredRow = Pick<StoredEvent, 'meterId' | 'eventId' | 'properties'> & {
  organizationId: string
  value: string | null
  occurredAt: string
}

/** What the question was answered with. */
export function storedByOrganization(answer: readonly unknown[]): (organizationId: string) => StoredEvent[] {
  const rows = Map.groupBy(answer as readonly StoredRow[], ({ organizationId }) => organizationId)
  return (organizationId) =>
    (rows.get(organizationId) ?? []).map(({ meterId, eventId, properties, value, occurredAt }) => ({
      ...{ meterId, eventId, properties },
      value: value === null ? null : quantityFromText(value),
      occurredAt: new Date(occurredAt),
    }))
}

/** The same, asked by itself. */
export async function findStored(
  { tx, organizationId }: OrganizationScope,
  eventIds: readonly string[],
  span: Span,
): Promise<StoredEvent[]> {
  const rows = await rowsOf(tx.execute(storedQuestion([{ organizationId, eventIds }], span)))
  return storedByOrganization(rows)(organizationId)
}

/** What an organization's events add to the table of all. */
export interface OwnEvents {
  organizationId: string
  events: readonly CountedEvent[]
}

/**
 * As columns, not as records: it is the longest statement there is. Organization and meter are said once for all events of theirs, which name
 * the place (`k`) that they are said at.
 */
export function insertEvents(receivedAt: Date, all: readonly OwnEvents[]): Statement[] {
  const { owners, meters, places, events } = placed(all)
  if (events.length === 0) return []
  const ids = events.map(({ eventId }) => eventId)
  const occurred = events.map(({ occurredAt }) => occurredAt.toISOString())
  const moved = events.map((event) => (event.countedAt === event.occurredAt ? null : event.countedAt.toISOString()))
  const values = events.map(({ value }) => (value === null ? null : quantityText(value)))
  const properties = events.map((event) => JSON.stringify(event.properties))
  return [
    sql`insert into billhook.usage_events (organization_id, meter_id, event_id, received_at, occurred_at, counted_at, value, properties)
      select (${arrayLiteral(owners)}::text[])[k], (${arrayLiteral(meters)}::text[])[k], e, ${receivedAt.toISOString()}::timestamptz,
        o, coalesce(c, o), v, p
      from unnest(${arrayLiteral(places)}::int[], ${arrayLiteral(ids)}::text[], ${arrayLiteral(occurred)}::timestamptz[],
        ${arrayLiteral(moved)}::timestamptz[], ${arrayLiteral(values)}::numeric[], ${arrayLiteral(properties)}::jsonb[]) as r (k, e, o, c, v, p)`,
  ]
}

/** The events of all in one list, and where each finds its organization and its meter. */
function placed(all: readonly OwnEvents[]) {
  const owners: string[] = []
  const meters: string[] = []
  const places: number[] = []
  for (const { organizationId, events } of all) {
    const known = new Map<string, number>()
    for (const { meter } of events) {
      const place = known.get(meter.id) ?? owners.push(organizationId)
      if (!known.has(meter.id)) meters.push(meter.id)
      known.set(meter.id, place)
      places.push(place)
    }
  }
  return { owners, meters, places, events: all.flatMap(({ events }) => events) }
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
export function putCounters(
  counters: ReadonlyArray<Counter & { organizationId: string }>,
  updatedAt: Date,
): Statement[] {
  const rows = counters.map(({ used, ...counter }) => ({
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
