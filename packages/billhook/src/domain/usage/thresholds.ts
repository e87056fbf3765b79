import type { BillingFact } from '../../outbox/billing-event.ts'
import { quantityNumber, wholeQuantity } from '../../primitives/index.ts'
import type { Counter, LimitInForce } from '../entitlements/index.ts'

/** What a counter has reached of a limit and nobody was told in this window yet: percents, rising. */
function reached({ amount, feature, thresholds }: LimitInForce, { used, told }: Counter): number[] {
  if (amount === null || amount === 0) return []
  const toldSoFar = told[feature] ?? 0
  return thresholds.filter((percent) => percent > toldSoFar && used * 100n >= wholeQuantity(amount) * BigInt(percent))
}

/** The facts to tell, and the counter that remembers that they were. */
export function tellThresholds(
  organizationId: string,
  limit: LimitInForce,
  counter: Counter,
): { facts: BillingFact[]; counter: Counter } {
  const percents = reached(limit, counter)
  const last = percents.at(-1)
  const { feature, meter, amount, window } = limit
  if (last === undefined || !meter || !window || amount === null) return { facts: [], counter }
  const facts = percents.map((threshold): BillingFact => {
    const data = { organizationId, feature, meter: meter.key, threshold, limit: amount }
    const used = quantityNumber(counter.used)
    return {
      type: 'usage.threshold_reached',
      objectId: organizationId,
      data: { ...data, used, windowStart: window.start, resetsAt: window.end },
    }
  })
  return { facts, counter: { ...counter, told: { ...counter.told, [feature]: last } } }
}
