import type { Context } from '../../context.ts'
import { billingNow } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { checkoutSessionView } from '../../outbox/billing-event.ts'
import { errorMessage } from '../../primitives/index.ts'
import { getCheckoutSession } from './get-checkout-session.ts'
import { giveUpSession, listOverdueSessions } from './store.ts'

/** A page that the provider has not answered with by then stands in nobody's way any more. */
const answerAtMostMs = 15 * 60_000

/** Asks providers about sessions that should be over, and gives up those that they still call open. Answers how many were looked at. */
export async function expireOverdueSessions(ctx: Context): Promise<number> {
  let looked = 0
  for (const provider of ctx.providers.names) {
    const at = await billingNow(ctx, provider)
    // By the wall clock, as it was asked by it.
    const askedBefore = new Date(ctx.clock.now().getTime() - answerAtMostMs)
    const overdue = await asPlatform(ctx.db, (scope) =>
      listOverdueSessions(scope, { provider, at, askedBefore, limit: 20 }),
    )
    for (const { id, organizationId } of overdue) await expireOne(ctx, { checkoutSessionId: id, organizationId }, at)
    looked += overdue.length
  }
  return looked
}

async function expireOne(
  ctx: Context,
  session: { checkoutSessionId: string; organizationId: string },
  at: Date,
): Promise<void> {
  try {
    const now = await getCheckoutSession(ctx, session)
    if (now.status !== 'open') return
  } catch (error) {
    const facts = { organization_id: session.organizationId, checkout_session_id: session.checkoutSessionId }
    ctx.logger.warn({ ...facts, error: errorMessage(error) }, 'an overdue checkout session could not be looked up')
  }
  await inOrganization(ctx.db, session.organizationId, async (scope) => {
    const row = await giveUpSession(scope, session.checkoutSessionId, ctx.clock.now())
    if (!row) return
    await appendFacts(ctx, scope, {
      facts: [{ type: 'checkout.expired', objectId: row.id, data: checkoutSessionView(row) }],
      source: 'timer',
      occurredAt: at,
    })
  })
}
