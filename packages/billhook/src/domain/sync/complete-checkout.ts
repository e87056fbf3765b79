import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { checkoutSessionView } from '../../outbox/billing-event.ts'
import type { SubscriptionData } from '../../providers/provider.ts'
import { findCheckoutSession, updateCheckoutSession } from './store.ts'
import type { Observation } from './version.ts'

interface CompleteInput {
  snapshot: SubscriptionData
  subscriptionId: string
  observation: Observation
}

/** A live subscription completes the checkout it came from, whether the session's own event came first, last or never. */
export async function completeCheckout(ctx: Context, scope: OrganizationScope, input: CompleteInput): Promise<void> {
  const id = input.snapshot.reference.checkoutSessionId
  const session = id ? await findCheckoutSession(scope, { id }) : null
  if (!session || (session.status === 'complete' && session.subscriptionId === input.subscriptionId)) return
  const changed = await updateCheckoutSession(scope, session.id, {
    status: 'complete',
    url: null,
    concludedBy: 'provider',
    subscriptionId: input.subscriptionId,
    updatedAt: ctx.clock.now(),
  })
  if (session.status === 'complete') return
  await appendFacts(ctx, scope, {
    facts: [{ type: 'checkout.completed', objectId: session.id, data: checkoutSessionView(changed) }],
    source: input.observation.source,
    occurredAt: input.observation.at,
  })
}
