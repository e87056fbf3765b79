import { stableStringify } from '../primitives/index.ts'
import type { ChargeData } from './charges.ts'
import type { PaymentStatus } from './snapshots.ts'

/** How far along an attempt is: money that came in is never taken back but by a refund. */
const progress: Record<PaymentStatus, number> = {
  processing: 0,
  requires_action: 0,
  canceled: 1,
  failed: 1,
  succeeded: 2,
}

/** Of two tellings of one charge the later one, whichever was heard of first; what was refunded only grows. */
export function laterCharge(a: ChargeData, b: ChargeData): ChargeData {
  const amountRefunded = Math.max(a.amountRefunded, b.amountRefunded)
  return { ...(comesAfter(a, b) ? a : b), amountRefunded }
}

function comesAfter(a: ChargeData, b: ChargeData): boolean {
  if (a.status !== b.status) return rankOf(a) > rankOf(b)
  // The same thing told in two ways: any choice will do that does not depend on which came first.
  return stableStringify({ ...a, amountRefunded: 0 }) > stableStringify({ ...b, amountRefunded: 0 })
}

const rankOf = ({ status }: ChargeData): string => `${progress[status]} ${status}`

/** Each charge once, as it was told last, in order of time. */
export function latestCharges(charges: readonly ChargeData[]): ChargeData[] {
  const latest = new Map<string, ChargeData>()
  for (const charge of charges) {
    const known = latest.get(charge.externalPaymentId)
    latest.set(charge.externalPaymentId, known ? laterCharge(known, charge) : charge)
  }
  return [...latest.values()].sort(
    (a, b) => a.attemptedAt.getTime() - b.attemptedAt.getTime() || (a.externalPaymentId < b.externalPaymentId ? -1 : 1),
  )
}
