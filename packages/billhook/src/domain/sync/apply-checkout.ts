import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { type BillingFact, checkoutSessionView } from '../../outbox/billing-event.ts'
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

/** A session that was not made here (a payment link, say) is left alone: what it sold comes with events of its own. */
export async function applyCheckout(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyCheckoutInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const { origin, snapshot, observation } = input
  const session = await findSession(scope, input)
  if (!session) return stale
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
  // What our timer gave up, money can revive, but not a page that is merely still open: another one may have taken its place.
  const isGivenUp = session.status === 'expired' && snapshot.status === 'open'
  const status = isGivenUp ? 'expired' : snapshot.status
  const isOver = status === 'complete' || status === 'expired'
  const changed = await updateCheckoutSession(scope, session.id, {
    ...guardAfterApply(session, observation, digest),
    externalSessionId: snapshot.externalSessionId,
    status,
    url: status === 'open' ? snapshot.url : null,
    expiresAt: snapshot.expiresAt ?? session.expiresAt,
    concludedBy: isGivenUp ? session.concludedBy : isOver ? 'provider' : null,
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
): Promise<CheckoutSessionRow | null> {
  const { externalSessionId, reference } = snapshot
  const byExternalId = await findCheckoutSession(scope, { provider: origin.provider, externalSessionId })
  if (byExternalId) return byExternalId
  // Its event may be faster than the answer to the call that made it.
  const byReference = reference.checkoutSessionId
    ? await findCheckoutSession(scope, { id: reference.checkoutSessionId })
    : null
  const isItsIntent = byReference?.provider === origin.provider && byReference.externalSessionId === null
  return isItsIntent ? byReference : null
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
  if (!session || isFinal(session)) return stale
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
