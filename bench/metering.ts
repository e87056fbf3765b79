import pg from 'pg'
import { createBilling } from '../packages/billhook/src/billing.ts'
import type { Statement } from '../packages/billhook/src/db/index.ts'
import { prepare } from '../packages/billhook/src/db/prepared.ts'
import { stripeProvider } from '../packages/billhook/src/providers/stripe/index.ts'
import { webhookSecret } from './fixture.ts'
import { measureCheck } from './metering-check.ts'
import { measureConsume } from './metering-consume.ts'
import { measureInProcess } from './metering-in-process.ts'
import { measureIngest } from './metering-ingest.ts'
import { measureRead } from './metering-read.ts'
import type { PartInput } from './parts.ts'
import { median, table } from './table.ts'

type Billing = Awaited<ReturnType<typeof createBilling>>

/** What every measurement of usage stands on: a service in this process, and connections for its bounds, on one database. */
export interface MeteringGround extends PartInput {
  databaseUrl: string
  billing: Billing
  pool: pg.Pool
  /** Those that have a subscription. */
  organizationIds: string[]
  meterId: string
  windowStart: Date
}

/** Ours beside its bound, in the same unit. */
export interface Measured {
  name: string
  ours: number
  bound: number
  unit: string
  /** What the goal is about. */
  ratio: number
  note?: string
}

const limit = 1_000_000_000
export const platformKey = 'bench_platform_key_0123456789'

/** Checks, consumption, ingest and reads of usage, each beside what the database can do at all in the same sitting. */
export async function measureMetering(input: PartInput): Promise<string> {
  const databaseUrl = await input.ground.makeDatabase('preloaded')
  const stripe = { secretKey: 'sk_test_bench', webhookSecrets: [webhookSecret], apiBase: 'http://127.0.0.1:1' }
  const billing = await createBilling({
    databaseUrl,
    baseUrl: 'http://127.0.0.1',
    providers: { stripe: stripeProvider(stripe) },
    apiKeys: [platformKey],
  })
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 32, pipeline: true })
  try {
    const { id: meterId } = await billing.createMeter({ key: 'tokens', aggregation: 'sum', groupBy: ['model'] })
    const terms = { limit, meter: 'tokens', window: 'calendar_month' as const }
    await billing.changePlan({ planId: 'pro', limits: { seats: 50, tokens: terms } })
    const organizationIds = input.ground.fixture.accounts.map(({ organizationId }) => organizationId)
    const windowStart = await startWindows(billing, pool, organizationIds)
    const ground: MeteringGround = { ...input, databaseUrl, billing, pool, organizationIds, meterId, windowStart }
    const measured: Measured[] = []
    for (const measure of [measureInProcess, measureCheck, measureConsume, measureIngest, measureRead]) {
      for (const one of await measure(ground)) {
        input.say(`${one.name}: ${one.ours.toFixed(1)} against ${one.bound.toFixed(1)} ${one.unit}`)
        measured.push(one)
      }
    }
    return tableOf(measured)
  } finally {
    await pool.end()
    await billing.stop()
  }
}

/** A first unit for each organization, so that every counter is there. */
async function startWindows(billing: Billing, pool: pg.Pool, organizationIds: string[]): Promise<Date> {
  for (const organizationId of organizationIds)
    await billing.consume({ organizationId, feature: 'tokens', id: 'first' })
  const { rows } = await pool.query<{ start: Date }>('select min(starts_at) as start from billhook.usage_counters')
  return rows[0]?.start ?? new Date(0)
}

const tableOf = (measured: Measured[]): string =>
  table([
    ['usage', 'ours', 'bound', 'unit', 'ratio'],
    ...measured.map(({ name, ours, bound, unit, ratio, note }) => [
      ...[name, ours.toFixed(1), bound.toFixed(1), unit, ratio.toFixed(2)],
      ...(note ? [note] : []),
    ]),
  ])

/** Calls a second, all of `count`, so many at a time. */
export async function rateOf(
  count: number,
  concurrency: number,
  call: (n: number) => Promise<unknown>,
): Promise<number> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await call(n)
  }
  const startedMs = performance.now()
  await Promise.all(Array.from({ length: concurrency }, worker))
  return (count * 1000) / (performance.now() - startedMs)
}

/** The medians of both, taking turns; the first round of each warms up. */
export async function inTurns(
  rounds: number,
  ours: (round: number) => Promise<number>,
  bound: (round: number) => Promise<number>,
): Promise<{ ours: number; bound: number }> {
  const figures: { ours: number[]; bound: number[] } = { ours: [], bound: [] }
  for (let round = 0; round <= rounds; round++) {
    const [one, other] = [await ours(round), await bound(round)]
    if (round === 0) continue
    figures.ours.push(one)
    figures.bound.push(other)
  }
  return { ours: median(figures.ours), bound: median(figures.bound) }
}

/** One statement in an organization's scope and nothing else, in as few round trips as there can be: two. */
export async function scoped(pool: pg.Pool, organizationId: string, statement: Statement): Promise<void> {
  const client = await pool.connect()
  try {
    const { template, values } = prepare(statement)
    const scope = `set local plan_cache_mode = force_generic_plan; set local role billhook_app;
      set local billhook.organization_id = '${organizationId}'`
    const query = { name: template.name ?? undefined, text: template.text, values: [...values] }
    await Promise.all([client.query(`begin; ${scope}`), client.query(query)])
    await client.query('commit')
  } finally {
    client.release()
  }
}
