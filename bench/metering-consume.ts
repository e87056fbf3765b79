import { sql } from 'drizzle-orm'
import { inTurns, type Measured, type MeteringGround, rateOf, scoped } from './metering.ts'

/** One atomic check and add: beside the update of one counter with its tenant scope set, which writes no event and no rollup. */
export async function measureConsume(ground: MeteringGround): Promise<Measured[]> {
  const { organizationIds } = ground
  const all = (n: number): string => organizationIds[n % organizationIds.length] ?? ''
  const one = (): string => organizationIds[0] ?? ''
  const measured = [
    await compare(ground, { name: 'consume, many organizations, c=8', concurrency: 8, organizationAt: all }),
    await compare(ground, { name: 'consume, one organization, c=32', concurrency: 32, organizationAt: one }),
  ]
  await requireNoOvershoot(ground)
  return measured
}

interface Load {
  name: string
  concurrency: number
  organizationAt: (n: number) => string
}

let lastId = 0

async function compare(
  { billing, pool, options, meterId, windowStart }: MeteringGround,
  load: Load,
): Promise<Measured> {
  const { name, concurrency, organizationAt } = load
  const startsAt = windowStart.toISOString()
  const update = (organizationId: string) => sql`update billhook.usage_counters set used = used + 1
    where organization_id = ${organizationId} and meter_id = ${meterId} and starts_at = ${startsAt}::timestamptz
      and used + 1 <= 1000000000 returning used`
  const { ours, bound } = await inTurns(
    options.rounds,
    () =>
      rateOf(options.events, concurrency, async (n) => {
        const id = `c${++lastId}`
        const { allowed } = await billing.consume({ organizationId: organizationAt(n), feature: 'tokens', id })
        if (!allowed) throw new Error('The run is void: a unit was refused.')
      }),
    () => rateOf(options.events, concurrency, (n) => scoped(pool, organizationAt(n), update(organizationAt(n)))),
  )
  return { name, ours, bound, unit: '/s', ratio: ours / bound }
}

/** 32 at a time ask for more than there is. */
async function requireNoOvershoot({ billing, organizationIds }: MeteringGround): Promise<void> {
  const organizationId = organizationIds[1] ?? ''
  const { used } = await billing.getEntitlement({ organizationId, feature: 'tokens' })
  const given = { organizationId, feature: 'tokens', reason: 'bench', actor: 'bench' }
  await billing.createGrant({ ...given, value: Number(used) + 100 })
  let allowed = 0
  await rateOf(400, 32, async () => {
    const consumed = await billing.consume({ organizationId, feature: 'tokens', id: `o${++lastId}` })
    if (consumed.allowed) allowed += 1
  })
  if (allowed !== 100) throw new Error(`The run is void: ${allowed} of 100 units were given away.`)
}
