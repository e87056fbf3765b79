import { lockOrganization } from '../../db/index.ts'
import { type CheckoutSession, checkoutSessionView } from '../../outbox/billing-event.ts'
import { InvariantError } from '../../primitives/index.ts'
import type { ApplyOperation, UndoOperation } from '../operations/index.ts'
import { applyCheckout, claimExternalRef, originOf, type SyncOutcome } from '../sync/index.ts'
import { findSession, giveUpSession } from './store.ts'

/** Ties the provider's page to the intent; if its events were faster, they stand. */
export const applyCreatedSession: ApplyOperation<'create_checkout_session', CheckoutSession> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  await lockOrganization(scope)
  const id = operation.input.reference.checkoutSessionId
  const intent = id ? await findSession(scope, id) : null
  if (!intent) throw new InvariantError(`operation ${operation.id} is about a checkout session that is not there`)
  await claimExternalRef(scope, {
    provider: operation.provider,
    kind: 'checkout_session',
    externalId: result.externalSessionId,
    objectId: intent.id,
  })
  await applyCheckout(ctx, scope, {
    origin: originOf(ctx.providers.getProvider(operation.provider)),
    snapshot: { ...result, reference: { ...result.reference, checkoutSessionId: intent.id } },
    observation: operation.observation,
  })
  const session = await findSession(scope, intent.id)
  return checkoutSessionView(session ?? intent)
}

/** The call that should have made the page never reached its provider: the way is free for another try. */
export const giveUpLostSession: UndoOperation<'create_checkout_session'> = async (ctx, scope, input) => {
  const id = input.reference.checkoutSessionId
  if (id) await giveUpSession(scope, id, ctx.clock.now())
}

/** The provider may answer that it was paid in the last moment: then that is what counts. */
export const applyExpiredSession: ApplyOperation<'expire_checkout_session', SyncOutcome['outcome']> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  const { outcome } = await applyCheckout(ctx, scope, {
    origin: originOf(ctx.providers.getProvider(operation.provider)),
    snapshot: result,
    observation: operation.observation,
  })
  return outcome
}
