import { sql } from 'drizzle-orm'
import { type Measured, type MeteringGround, scoped } from './metering.ts'
import { median } from './table.ts'

/** What a large tenant has used in the period to date: beside the same sum over its events. */
export async function measureRead(ground: MeteringGround): Promise<Measured[]> {
  const { billing, pool, organizationIds, meterId, options, say } = ground
  const [, , organizationId = ''] = organizationIds
  const { tenantEvents, otherEvents } = options
  const from = new Date(Date.now() - 27 * 86_400_000)
  const startedMs = performance.now()
  await fill(ground, { organizationId, count: tenantEvents, from })
  for (const [n, other] of organizationIds.slice(3, 12).entries())
    await fill(ground, { organizationId: other, count: Math.round(otherEvents / 9), from, seed: n })
  await beginPeriodAt(ground, organizationId, from)
  await pool.query('vacuum analyze billhook.usage_events, billhook.usage_rollups')
  say(`${tenantEvents + otherEvents} events filled in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`)
  const raw = sql`select sum(value) from billhook.usage_events where organization_id = ${organizationId} and meter_id = ${meterId}
    and value is not null and counted_at >= ${from.toISOString()}::timestamptz`
  const read = (cut: { by?: 'day'; groupBy?: string }) => () =>
    billing.getUsage({ organizationId, meter: 'tokens', ...cut })
  const rawMs = await millisecondsOf(() => scoped(pool, organizationId, raw), 9)
  const figures: Array<[string, () => Promise<unknown>]> = [
    ['read, period to date', read({})],
    ['read, by day', read({ by: 'day' })],
    ['read, by day and group', read({ by: 'day', groupBy: 'model' })],
    ['check of the same', () => billing.getEntitlement({ organizationId, feature: 'tokens' })],
  ]
  const measured: Measured[] = []
  for (const [name, call] of figures) {
    const ours = await millisecondsOf(call, 101)
    measured.push({
      name: `${name}, ${tenantEvents} events`,
      ours,
      bound: rawMs,
      unit: 'ms p50',
      ratio: rawMs / ours,
      note: 'times faster',
    })
  }
  return measured
}

/** The period that is open is the one that was filled; the first unit that is consumed in it makes its counter. */
async function beginPeriodAt({ billing, pool }: MeteringGround, organizationId: string, from: Date): Promise<void> {
  await pool.query('update billhook.subscriptions set current_period_start = $1 where organization_id = $2', [
    from,
    organizationId,
  ])
  const terms = { limit: 1_000_000_000, meter: 'tokens', window: 'billing_period' as const }
  await billing.createGrant({ organizationId, feature: 'tokens', value: terms, reason: 'bench', actor: 'bench' })
  const { allowed } = await billing.consume({ organizationId, feature: 'tokens', id: 'in the period' })
  if (!allowed) throw new Error('The run is void: a unit was refused.')
}

async function millisecondsOf(call: () => Promise<unknown>, times: number): Promise<number> {
  const all: number[] = []
  for (let n = 0; n < times; n++) {
    const startedMs = performance.now()
    await call()
    all.push(performance.now() - startedMs)
  }
  return median(all.slice(1))
}

/** Straight into the tables, events with the rollups that the service would have made of them. */
async function fill(
  { pool, meterId }: MeteringGround,
  { organizationId, count, from, seed = 0 }: { organizationId: string; count: number; from: Date; seed?: number },
): Promise<void> {
  const stepMs = (27 * 86_400_000) / count
  await pool.query(
    `insert into billhook.usage_events (organization_id, meter_id, event_id, received_at, occurred_at, counted_at, value, properties)
     select $1, $2, 'filled-' || n, now(), t.at, t.at, 1 + n % 7, jsonb_build_object('model', 'model-' || n % 3)
     from generate_series(1, $3::int) n, lateral (select date_trunc('milliseconds', $4::timestamptz + n * $5::float8 * interval '1 millisecond') as at) t`,
    [organizationId, meterId, count, from.toISOString(), stepMs + seed / 1e6],
  )
  await pool.query(
    `insert into billhook.usage_rollups (organization_id, meter_id, bucket_at, groups, events, total, highest, last_value, last_at)
     select organization_id, meter_id, date_bin('15 minutes', counted_at, 'epoch'), properties, count(*), sum(value), max(value),
       (array_agg(value order by occurred_at desc, value desc))[1], max(occurred_at)
     from billhook.usage_events where organization_id = $1 and meter_id = $2 and event_id like 'filled-%' group by 1, 2, 3, 4
     on conflict (organization_id, meter_id, bucket_at, groups) do nothing`,
    [organizationId, meterId],
  )
}
