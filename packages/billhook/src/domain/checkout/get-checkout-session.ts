import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { type CheckoutSession, checkoutSessionView } from '../../outbox/billing-event.ts'
import { notFound } from '../../primitives/index.ts'
import { PaymentProviderError } from '../../providers/provider.ts'
import { readAndApply } from '../sync/index.ts'
import { type CheckoutSessionRow, findSession } from './store.ts'

/**
 * The session as its provider sees it now: looked up and applied, so that the buyer who comes back never races the webhook. While the
 * provider cannot be reached, what is known here is answered. Error: `checkout_session_not_found` (404).
 */
export async function getCheckoutSession(
  ctx: Context,
  input: { organizationId: string; checkoutSessionId: string },
): Promise<CheckoutSession> {
  const session = await getSession(ctx, input)
  const isOver = session.status === 'complete' || (session.status === 'expired' && session.concludedBy === 'provider')
  if (isOver || session.externalSessionId === null) return checkoutSessionView(session)
  try {
    await readAndApply(ctx, {
      organizationId: input.organizationId,
      provider: ctx.providers.getProvider(session.provider),
      kind: 'checkout_session',
      externalId: session.externalSessionId,
      source: 'api',
    })
  } catch (error) {
    if (!(error instanceof PaymentProviderError) || !error.retryable) throw error
    ctx.logger.warn({ checkout_session_id: session.id, code: error.code }, 'a checkout session could not be looked up')
  }
  return checkoutSessionView(await getSession(ctx, input))
}

async function getSession(
  ctx: Context,
  input: { organizationId: string; checkoutSessionId: string },
): Promise<CheckoutSessionRow> {
  const session = await inOrganization(ctx.db, input.organizationId, (scope) =>
    findSession(scope, input.checkoutSessionId),
  )
  if (!session) throw notFound('checkout_session_not_found', `There is no checkout session ${input.checkoutSessionId}.`)
  return session
}
