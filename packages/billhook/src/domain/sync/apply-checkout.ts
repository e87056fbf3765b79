import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { type BillingFact, checkoutSessionView } from '../../outbox/billing-event.ts'
import { conflict } from '../../primitives/index.ts'
import type { CheckoutSessionData, CheckoutStatus } from '../../providers/provider.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { type CheckoutSessionRow, findBinding, findCheckoutSession, updateCheckoutSession } from './store.ts'
import { decideVersion, type Observation } from './version.ts'

export interface ApplyCheckoutInput {
  origin: SnapshotOrigin
  snapshot: CheckoutSessionData
  observation: Observation
}

/** A session that was complete, or that the provider expired, has said its last word; one that our timer gave up has not. */
const isFinal = (row: CheckoutSessionRow): boolean =>
  row.status === 'complete' || (row.status === 'expired' && row.concludedBy === 'provider')

const factOf: Partial<Record<CheckoutStatus, 'checkout.completed' | 'checkout.expired'>> = {
  complete: 'checkout.completed',
  expired: 'checkout.expired',
}

/** Error: `checkout_session_not_ours` when the session was never made here. */
export async function applyCheckout(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyCheckoutInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const { origin, snapshot, observation } = input
  const session = await findSession(scope, input)
  const externalSubscriptionId = snapshot.externalSubscriptionId
  const binding = externalSubscriptionId ? await findBinding(scope, origin.provider, externalSubscriptionId) : null
  // Whoever is told "complete" asks for the subscription next: it must be there.
  if (snapshot.status === 'complete' && externalSubscriptionId && !binding)
    return { outcome: 'needs', externalSubscriptionId }
  const digest = digestOf(snapshot)
  const verdict = decideVersion(session, observation, digest)
  if (verdict === 'reread') return reread
  if (verdict === 'stale' || (isFinal(session) && snapshot.status !== session.status)) return stale
  if (verdict === 'unchanged') {
    const confirmed = guardAfterConfirm(session, observation)
    if (confirmed) await updateCheckoutSession(scope, session.id, confirmed)
    return unchanged
  }
  const changed = await updateCheckoutSession(scope, session.id, {
    ...guardAfterApply(session, observation, digest),
    externalSessionId: snapshot.externalSessionId,
    status: snapshot.status,
    url: snapshot.status === 'open' ? snapshot.url : null,
    expiresAt: snapshot.expiresAt ?? session.expiresAt,
    concludedBy: snapshot.status === 'open' || snapshot.status === 'processing' ? null : 'provider',
    subscriptionId: binding?.subscriptionId ?? session.subscriptionId,
    updatedAt: ctx.clock.now(),
  })
  await appendFacts(ctx, scope, {
    facts: checkoutFacts(session, changed),
    source: observation.source,
    occurredAt: observation.at,
  })
  return applied
}

async function findSession(
  scope: OrganizationScope,
  { origin, snapshot }: ApplyCheckoutInput,
): Promise<CheckoutSessionRow> {
  const { externalSessionId, reference } = snapshot
  const byExternalId = await findCheckoutSession(scope, { provider: origin.provider, externalSessionId })
  if (byExternalId) return byExternalId
  // Its event may be faster than the answer to the call that made it.
  const byReference = reference.checkoutSessionId
    ? await findCheckoutSession(scope, { id: reference.checkoutSessionId })
    : null
  if (byReference && byReference.provider === origin.provider && byReference.externalSessionId === null)
    return byReference
  throw conflict(
    'checkout_session_not_ours',
    `Checkout session ${externalSessionId} of ${origin.provider} was not made here.`,
  )
}

function checkoutFacts(before: CheckoutSessionRow, after: CheckoutSessionRow): BillingFact[] {
  const type = factOf[after.status]
  if (!type || before.status === after.status) return []
  return [{ type, objectId: after.id, data: checkoutSessionView(after) }]
}

/** The slow payment of a completed checkout failed: told once, and the session is over. */
export async function applyCheckoutFailure(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyCheckoutInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const session = await findSession(scope, input)
  if (isFinal(session)) return stale
  const changed = await updateCheckoutSession(scope, session.id, {
    ...guardAfterApply(session, input.observation, digestOf(input.snapshot)),
    status: 'expired',
    url: null,
    concludedBy: 'provider',
    updatedAt: ctx.clock.now(),
  })
  await appendFacts(ctx, scope, {
    facts: [{ type: 'checkout.failed', objectId: session.id, data: checkoutSessionView(changed) }],
    source: input.observation.source,
    occurredAt: input.observation.at,
  })
  return applied
}
