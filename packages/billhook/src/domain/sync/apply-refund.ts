import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import type { BillingFact } from '../../outbox/billing-event.ts'
import type { RefundData } from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { countRefundsOfCharge, isCharge } from './charges-store.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import {
  countRefunds,
  findPaidInvoice,
  findPayment,
  findRefund,
  type PaymentRow,
  type RefundRow,
  saveRefund,
  updateRefundGuard,
} from './money-back-store.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { isRefundedInFull, refundedInFull } from './refunded-in-full.ts'
import { claimExternalRef, findBindingById } from './store.ts'
import { decideVersion, type Observation } from './version.ts'
import { writeBills } from './write-bills.ts'

export interface ApplyRefundInput {
  origin: SnapshotOrigin
  snapshot: RefundData
  observation: Observation
}

/** Money that went back, or did not after all: the refund, what of its bill was returned, and what is told, in one transaction. */
export async function applyRefund(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyRefundInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const { origin, snapshot, observation } = input
  const payment = await findPayment(scope, origin.provider, snapshot.externalPaymentId)
  if (!payment) {
    const { externalPaymentId, externalInvoiceId, externalCustomerId } = snapshot
    return { outcome: 'needs_payment', externalPaymentId, externalInvoiceId, externalCustomerId }
  }
  const digest = digestOf(snapshot)
  const known = await findRefund(scope, origin.provider, snapshot.externalRefundId)
  const outcome = decideRefund(known, input, digest)
  if (outcome.outcome !== 'applied') {
    const confirmed = known && outcome.outcome === 'unchanged' ? guardAfterConfirm(known, observation) : null
    if (known && confirmed) await updateRefundGuard(scope, known.id, confirmed)
    return outcome
  }
  const saved = await writeRefund(ctx, scope, input, { known, payment, digest })
  await appendFacts(ctx, scope, {
    facts: refundFacts(known, saved),
    source: observation.source,
    occurredAt: observation.at,
  })
  if (saved.status === 'failed' && known?.status !== 'failed') await alertFailed(ctx, scope, saved)
  return applied
}

/** Pure: whether a provider's refund is news. */
export function decideRefund(
  known: RefundRow | null,
  { snapshot, observation }: ApplyRefundInput,
  digest = digestOf(snapshot),
): SyncOutcome {
  const verdict = decideVersion(known, observation, digest)
  if (verdict === 'reread') return reread
  // What has failed stays failed: the money is back with us.
  if (verdict === 'stale' || (known?.status === 'failed' && snapshot.status !== 'failed')) return stale
  return verdict === 'unchanged' ? unchanged : applied
}

/** Pure: what is kept of it. */
export const refundValues = (known: RefundRow | null, snapshot: RefundData) => ({
  status: snapshot.status,
  currency: snapshot.currency,
  amount: snapshot.amount,
  reason: snapshot.reason ?? known?.reason ?? null,
  failureMessage: snapshot.failureMessage,
})

interface Known {
  known: RefundRow | null
  payment: PaymentRow
  digest: string
}

async function writeRefund(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot, observation }: ApplyRefundInput,
  { known, payment, digest }: Known,
): Promise<RefundRow> {
  const { provider, providerKind } = origin
  const { externalRefundId } = snapshot
  const invoice = await findPaidInvoice(scope, payment.id, snapshot.externalInvoiceId)
  const id = known?.id ?? ctx.ids.next('refund')
  if (!known) await claimExternalRef(scope, { provider, kind: 'refund', externalId: externalRefundId, objectId: id })
  const saved = await saveRefund(scope, {
    id,
    organizationId: scope.organizationId,
    paymentId: payment.id,
    invoiceId: known?.invoiceId ?? invoice?.id ?? null,
    operationId: known?.operationId ?? snapshot.reference.operationId ?? null,
    provider,
    providerKind,
    externalRefundId,
    ...refundValues(known, snapshot),
    ...guardAfterApply(known, observation, digest),
    createdAt: snapshot.createdAt,
    updatedAt: ctx.clock.now(),
  })
  const fails = known?.status === 'succeeded' && saved.status === 'failed'
  if (isCharge(payment)) {
    await countRefundsOfCharge(scope, payment.id, { canFall: fails })
    const binding = payment.bindingId ? await findBindingById(scope, payment.bindingId) : null
    if (binding) await writeBills(ctx, scope, { origin, binding, observation })
    return saved
  }
  if (!invoice || invoice.id !== saved.invoiceId) return saved
  const counted = await countRefunds(scope, invoice, { canFall: fails })
  const isNews = saved.status === 'succeeded' && known?.status !== 'succeeded'
  if (isNews && ctx.settings.fullRefundPolicy === 'end_now' && isRefundedInFull(counted))
    for (const alert of refundedInFull(counted, observation)) await openAlert(scope, ctx, alert)
  return saved
}

/** Told once, when the money is on its way for good. */
function refundFacts(before: RefundRow | null, after: RefundRow): BillingFact[] {
  if (after.status !== 'succeeded' || before?.status === 'succeeded') return []
  const { id, organizationId, paymentId, invoiceId, provider, externalRefundId, status, currency, amount } = after
  const data = { id, organizationId, paymentId, invoiceId, provider, externalRefundId, status, currency, amount }
  return [{ type: 'payment.refunded', objectId: paymentId, data }]
}

const alertFailed = (ctx: Context, scope: OrganizationScope, refund: RefundRow): Promise<unknown> =>
  openAlert(scope, ctx, {
    kind: 'refund_failed',
    subject: refund.id,
    severity: 'warning',
    detail: `Refund ${refund.externalRefundId} of ${refund.provider} failed: the customer has not got the money.`,
    facts: { payment_id: refund.paymentId, failure_message: refund.failureMessage },
  })
