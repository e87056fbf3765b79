import { addDuration } from '../../primitives/index.ts'
import type { ProviderOperation, SubscriptionChangeResult, UpdateSubscriptionInput } from '../operation.ts'
import type { Answer, SandboxClient } from './client.ts'
import { newId, type SandboxItem, type SandboxSubscription } from './objects.ts'
import type { Draft } from './state.ts'
import { applied, changeResult, getLive } from './subscriptions.ts'
import { changedItems, requireOneInterval } from './update-subscription.ts'

/** A change that its buyer is asked about. */
export interface SandboxOffer {
  object: 'offer'
  id: string
  subscription: string
  customer: string
  items: SandboxItem[]
  status: 'open' | 'approved' | 'declined'
  expires_at: string
}

const offerLifetime = 'PT3H'

interface WantedChange {
  input: UpdateSubscriptionInput
  operation: ProviderOperation<'update_subscription'>
  waitsFor: 'approved' | 'next_cycle'
}

/** A change that is not real yet: it waits for its buyer, or for the next period. A newer one takes its place. */
export async function planChange(
  client: SandboxClient,
  { input, operation, waitsFor }: WantedChange,
): Promise<SubscriptionChangeResult> {
  client.require(input.proration === 'none', `prorate as "${input.proration}"`)
  const answer = await client.execute(operation, input, async (draft) => {
    const subscription = await getLive(draft, input.externalSubscriptionId)
    const items = changedItems(draft.providerName, subscription.items, input.items)
    await requireOneInterval(draft, subscription, items)
    return waitsFor === 'approved' ? offer(draft, subscription, items) : plan(draft, subscription, items)
  })
  return changeResult(client, answer)
}

function offer(draft: Draft, subscription: SandboxSubscription, items: SandboxItem[]): Answer {
  const { id } = draft.add<SandboxOffer>({
    object: 'offer',
    id: newId('offer'),
    subscription: subscription.id,
    customer: subscription.customer,
    items,
    status: 'open',
    expires_at: addDuration(draft.at, offerLifetime).toISOString(),
  })
  return { ...applied(subscription), offer: id }
}

function plan(draft: Draft, subscription: SandboxSubscription, items: SandboxItem[]): Answer {
  subscription.next_items = items
  draft.emit('subscription.updated', subscription)
  return { ...applied(subscription), effectiveAt: subscription.current_period_end }
}

/** The buyer's answer. False: the offer is over, and nothing was changed. */
export async function answerOffer(draft: Draft, asked: SandboxOffer, isApproved: boolean): Promise<boolean> {
  const subscription = await draft.get('subscription', asked.subscription)
  if (asked.status !== 'open' || Date.parse(asked.expires_at) <= draft.at.getTime()) return false
  if (subscription.status === 'canceled') return false
  asked.status = isApproved ? 'approved' : 'declined'
  draft.save(asked)
  if (!isApproved) return true
  const { interval, interval_count } = await requireOneInterval(draft, subscription, asked.items)
  const isSameInterval = interval === subscription.interval && interval_count === subscription.interval_count
  // Another interval begins with a period of its own.
  if (isSameInterval) subscription.items = asked.items
  else subscription.next_items = asked.items
  draft.emit('subscription.updated', subscription)
  return true
}
