import type { Context } from '../../context.ts'
import { billingNow } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { type CheckoutSession, checkoutSessionView } from '../../outbox/billing-event.ts'
import { BillhookError, conflict, stableStringify } from '../../primitives/index.ts'
import { runOperation } from '../operations/index.ts'
import { readAndApply } from '../sync/index.ts'
import { applyExpiredSession } from './apply-created-session.ts'
import type { Purchase } from './create-checkout-session.ts'
import { requireNoLiveSubscription } from './require-no-live-subscription.ts'
import { type CheckoutSessionRow, findSession, findSessionUnderWay } from './store.ts'

const patienceMs = 5_000
const lookEveryMs = 100

/**
 * The page of an earlier request: answered when it is the same purchase and still open, closed at its provider when it is another one.
 * Null when nothing stands in the way any more.
 */
export async function concludeSessionUnderWay(ctx: Context, purchase: Purchase): Promise<CheckoutSession | null> {
  const { organizationId, price } = purchase
  const found = await inOrganization(ctx.db, organizationId, (scope) => findSessionUnderWay(scope, price.productLine))
  if (!found) return null
  const session = found.externalSessionId === null ? await awaitPage(ctx, found) : found
  if (session.status === 'processing') {
    throw conflict('checkout_processing', 'The payment of an earlier checkout is still under way.', {
      checkout_session_id: session.id,
    })
  }
  if (session.status !== 'open') return null
  const now = await billingNow(ctx, session.provider)
  if (isSamePurchase(session, purchase) && (!session.expiresAt || session.expiresAt > now))
    return checkoutSessionView(session)
  await closeAtProvider(ctx, session)
  // It may have been paid in the last moment.
  await inOrganization(ctx.db, organizationId, (scope) => requireNoLiveSubscription(ctx, scope, price.productLine))
  return null
}

const isSamePurchase = (session: CheckoutSessionRow, purchase: Purchase): boolean =>
  session.priceId === purchase.price.id &&
  session.quantity === purchase.quantity &&
  session.provider === purchase.provider.providerName &&
  session.couponId === purchase.extras.couponId &&
  stableStringify(session.options) === stableStringify(purchase.extras.options) &&
  session.successUrl === purchase.successUrl &&
  session.cancelUrl === purchase.cancelUrl

/** Another request is opening it at this moment. Error: `checkout_in_progress` (503) when that takes too long. */
async function awaitPage(ctx: Context, session: CheckoutSessionRow): Promise<CheckoutSessionRow> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookEveryMs) {
    const now = await inOrganization(ctx.db, session.organizationId, (scope) => findSession(scope, session.id))
    if (now && (now.externalSessionId !== null || now.status !== 'open')) return now
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  throw new BillhookError('checkout_in_progress', 'An earlier checkout is still being opened; try again in a minute.', {
    status: 503,
    facts: { checkout_session_id: session.id },
  })
}

async function closeAtProvider(ctx: Context, session: CheckoutSessionRow): Promise<void> {
  const provider = ctx.providers.getProvider(session.provider)
  const { organizationId, externalSessionId } = session
  if (externalSessionId === null) return
  const target = { kind: 'checkout_session', externalId: externalSessionId } as const
  const done = await runOperation(ctx, {
    kind: 'expire_checkout_session',
    provider: session.provider,
    businessKey: `expire_checkout_session:${session.id}`,
    retriesFailure: true,
    organizationId,
    input: { externalSessionId },
    target,
    call: (operation) => provider.expireCheckoutSession({ externalSessionId }, operation),
    apply: applyExpiredSession,
  })
  if (done.status === 'unknown') {
    throw new BillhookError(
      'outcome_unknown',
      `${session.provider} did not answer in time; try again in a few seconds.`,
      {
        status: 503,
        facts: { operation_id: done.operationId },
      },
    )
  }
  if (done.answer !== 'applied' && done.answer !== 'unchanged') {
    await readAndApply(ctx, { organizationId, provider, ...target, source: 'api' })
  }
}
