import { rightsQuestion } from '../packages/billhook/src/domain/entitlements/store.ts'
import { inTurns, type Measured, type MeteringGround, rateOf, scoped } from './metering.ts'

const concurrency = 8

/** May an organization do X, read from the database: beside the same select with its tenant scope set. */
export async function measureCheck({ billing, pool, organizationIds, options }: MeteringGround): Promise<Measured[]> {
  const organizationAt = (n: number): string => organizationIds[n % organizationIds.length] ?? ''
  const { ours, bound } = await inTurns(
    options.rounds,
    () =>
      rateOf(options.events, concurrency, (n) =>
        billing.getEntitlement({ organizationId: organizationAt(n), feature: 'tokens' }),
      ),
    () =>
      rateOf(options.events, concurrency, (n) => {
        const now = new Date()
        return scoped(pool, organizationAt(n), rightsQuestion([organizationAt(n)], { earliest: now, wall: now }))
      }),
  )
  return [{ name: `check, uncached, c=${concurrency}`, ours, bound, unit: '/s', ratio: ours / bound }]
}
