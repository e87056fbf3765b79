import { billingNow, type Context } from '../../context.ts'
import { asPlatform, inOrganization, lockOrganization } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { errorMessage } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import { factsOf, readAndApply } from '../sync/index.ts'
import { type ExpiredOffer, expireChange, listExpiredOffers } from './offer-store.ts'
import { findSubscription, type SubscriptionRecord } from './store.ts'
import { billingBindingOf } from './view-subscription.ts'

/**
 * For a job: lets offers go that no buyer has approved in time; an approval that comes later all the same is applied like any change.
 * Answers how many were looked at.
 */
export async function expireOffers(ctx: Context): Promise<number> {
  let looked = 0
  for (const provider of ctx.providers.all()) {
    const at = await billingNow(ctx, provider.providerName)
    const overdue = { provider: provider.providerName, at, limit: 20 }
    const offers = await asPlatform(ctx.db, (scope) => listExpiredOffers(scope, overdue))
    for (const offer of offers) await expireOne(ctx, provider, offer, at)
    looked += offers.length
  }
  return looked
}

async function expireOne(
  ctx: Context,
  provider: BasePaymentProvider,
  { id, organizationId, subscriptionId }: ExpiredOffer,
  at: Date,
): Promise<void> {
  const find = () => inOrganization(ctx.db, organizationId, (scope) => findSubscription(scope, subscriptionId))
  await readOnce(ctx, provider, await find())
  await inOrganization(ctx.db, organizationId, async (scope) => {
    await lockOrganization(scope)
    if (!(await expireChange(scope, id, ctx.clock.now()))) return
    const record = await findSubscription(scope, subscriptionId)
    const binding = record && billingBindingOf(record)
    if (!binding) return
    const data = factsOf({ ...record, ...binding, row: record.row })
    const facts = [{ type: 'subscription.updated', objectId: subscriptionId, data } as const]
    await appendFacts(ctx, scope, { facts, source: 'timer', occurredAt: at })
  })
}

/** The buyer may have approved in the last moment. A provider that cannot be asked now tells it later. */
async function readOnce(ctx: Context, provider: BasePaymentProvider, record: SubscriptionRecord | null): Promise<void> {
  const binding = record?.bindings.find(({ role }) => role === 'billing')
  if (!binding) return
  const { organizationId, externalSubscriptionId: externalId } = binding
  try {
    await readAndApply(ctx, { organizationId, provider, kind: 'subscription', externalId, source: 'timer' })
  } catch (error) {
    const facts = { subscription_id: binding.subscriptionId, error: errorMessage(error) }
    ctx.logger.warn(facts, 'an offer expires without a last look at its provider')
  }
}
