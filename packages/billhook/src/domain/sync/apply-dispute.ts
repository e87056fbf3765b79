import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import type { BillingFact } from '../../outbox/billing-event.ts'
import type { DisputeData, DisputeStatus } from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import {
  type DisputeRow,
  findDispute,
  findPaidInvoice,
  findPayment,
  saveDispute,
  updateDisputeGuard,
} from './money-back-store.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { claimExternalRef } from './store.ts'
import { decideVersion, type Observation } from './version.ts'

export interface ApplyDisputeInput {
  origin: SnapshotOrigin
  snapshot: DisputeData
  observation: Observation
}

/** How far along a dispute is: it settles what two times of one second cannot, and nothing leads out of a decision. */
const progress: Record<DisputeStatus, number> = { needs_response: 0, under_review: 1, won: 2, lost: 2 }
const isClosed = (status: DisputeStatus | undefined): boolean => status === 'won' || status === 'lost'

/** A payment that the buyer's bank asks back: kept, told, and shown to a person, who has to answer the bank in time. */
export async function applyDispute(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyDisputeInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const { origin, snapshot, observation } = input
  const payment = await findPayment(scope, origin.provider, snapshot.externalPaymentId)
  if (!payment) {
    const { externalPaymentId, externalCustomerId } = snapshot
    return { outcome: 'needs_payment', externalPaymentId, externalInvoiceId: null, externalCustomerId }
  }
  const digest = digestOf(snapshot)
  const known = await findDispute(scope, origin.provider, snapshot.externalDisputeId)
  const outcome = decideDispute(known, input, digest)
  if (outcome.outcome !== 'applied') {
    const confirmed = known && outcome.outcome === 'unchanged' ? guardAfterConfirm(known, observation) : null
    if (known && confirmed) await updateDisputeGuard(scope, known.id, confirmed)
    return outcome
  }
  const saved = await writeDispute(ctx, scope, input, { known, paymentId: payment.id, digest })
  await appendFacts(ctx, scope, {
    facts: disputeFacts(known, saved),
    source: observation.source,
    occurredAt: observation.at,
  })
  await alertDispute(ctx, scope, known, saved)
  return applied
}

/** Pure: whether a provider's dispute is news. */
export function decideDispute(
  known: DisputeRow | null,
  { snapshot, observation }: ApplyDisputeInput,
  digest = digestOf(snapshot),
): SyncOutcome {
  const verdict = decideVersion(known, observation, digest)
  if (verdict === 'unchanged') return unchanged
  if (known && isClosed(known.status) && known.status !== snapshot.status) return stale
  if (verdict === 'apply' || (known && progress[snapshot.status] > progress[known.status])) return applied
  // Only an answer of ours can be asked for again.
  return verdict === 'reread' && observation.by === 'read' ? reread : stale
}

/** Pure: what is kept of it. */
export const disputeValues = (known: DisputeRow | null, { snapshot, observation }: ApplyDisputeInput) => ({
  status: snapshot.status,
  currency: snapshot.currency,
  amount: snapshot.amount,
  reason: snapshot.reason,
  respondBy: snapshot.respondBy,
  closedAt: isClosed(snapshot.status) ? (known?.closedAt ?? observation.at) : null,
})

async function writeDispute(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyDisputeInput,
  { known, paymentId, digest }: { known: DisputeRow | null; paymentId: string; digest: string },
): Promise<DisputeRow> {
  const { origin, snapshot, observation } = input
  const { provider, providerKind } = origin
  const { externalDisputeId } = snapshot
  const id = known?.id ?? ctx.ids.next('dispute')
  if (!known) await claimExternalRef(scope, { provider, kind: 'dispute', externalId: externalDisputeId, objectId: id })
  return saveDispute(scope, {
    id,
    organizationId: scope.organizationId,
    paymentId,
    provider,
    providerKind,
    externalDisputeId,
    ...disputeValues(known, input),
    ...guardAfterApply(known, observation, digest),
    createdAt: snapshot.createdAt,
    updatedAt: ctx.clock.now(),
  })
}

function disputeFacts(before: DisputeRow | null, after: DisputeRow): BillingFact[] {
  const { id, organizationId, paymentId, provider, externalDisputeId, status, currency, amount, respondBy } = after
  const data = { id, organizationId, paymentId, provider, externalDisputeId, status, currency, amount, respondBy }
  const facts: BillingFact[] = []
  if (!before) facts.push({ type: 'dispute.opened', objectId: id, data })
  if (isClosed(status) && !isClosed(before?.status)) facts.push({ type: 'dispute.closed', objectId: id, data })
  return facts
}

async function alertDispute(
  ctx: Context,
  scope: OrganizationScope,
  before: DisputeRow | null,
  { id, provider, externalDisputeId, status, paymentId, amount, currency, respondBy }: DisputeRow,
): Promise<void> {
  const invoice = await findPaidInvoice(scope, paymentId, null)
  const facts = { payment_id: paymentId, subscription_id: invoice?.subscriptionId ?? null, amount, currency }
  if (!before && !isClosed(status)) {
    await openAlert(scope, ctx, {
      kind: 'payment_disputed',
      subject: id,
      severity: 'critical',
      detail: `Dispute ${externalDisputeId} of ${provider} asks a payment back; answer it there in time.`,
      facts: { ...facts, respond_by: respondBy },
    })
  }
  if (status !== 'lost' || before?.status === 'lost') return
  await openAlert(scope, ctx, {
    kind: 'dispute_lost',
    subject: id,
    severity: 'critical',
    detail: `Dispute ${externalDisputeId} of ${provider} is lost: the money went back to the buyer.`,
    facts,
  })
}
