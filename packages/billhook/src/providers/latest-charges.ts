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

/**
 * Of two tellings of one charge the later one, whichever was heard of first; what was refunded only grows. Of one status they are one
 * telling: what only a webhook says, why it was declined, is still true when a list says nothing of it.
 */
export function laterCharge(a: ChargeData, b: ChargeData): ChargeData {
  const amountRefunded = Math.max(a.amountRefunded, b.amountRefunded)
  if (a.status !== b.status) return { ...(rankOf(a) > rankOf(b) ? a : b), amountRefunded }
  const pendingPaymentId = eitherOf(a.pendingPaymentId ?? null, b.pendingPaymentId ?? null)
  return {
    ...(plainOf(a) > plainOf(b) ? a : b),
    ...(pendingPaymentId && { pendingPaymentId }),
    nextAttemptAt: eitherOf(a.nextAttemptAt, b.nextAttemptAt),
    declineCode: eitherOf(a.declineCode, b.declineCode),
    failureMessage: eitherOf(a.failureMessage, b.failureMessage),
    amountRefunded,
  }
}

const rankOf = ({ status }: ChargeData): string => `${progress[status]} ${status}`

/** The same thing told in two ways: any choice will do that does not depend on which came first. */
const plainOf = ({ pendingPaymentId: _, ...charge }: ChargeData): string =>
  stableStringify({ ...charge, nextAttemptAt: null, declineCode: null, failureMessage: null, amountRefunded: 0 })

const eitherOf = <T extends Date | string>(a: T | null, b: T | null): T | null =>
  a !== null && (b === null || a > b) ? a : b

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
