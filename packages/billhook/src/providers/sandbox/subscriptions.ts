import type {
  CancelSubscriptionInput,
  ProviderOperation,
  ReactivateSubscriptionInput,
  SubscriptionChangeResult,
} from '../operation.ts'
import type { Page, SubscriptionData } from '../snapshots.ts'
import type { Answer, SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { listPage } from './list-page.ts'
import type { SandboxSubscription } from './objects.ts'
import { resume } from './pause.ts'
import { endSubscription } from './renewals.ts'
import { type Draft, listPrefixes } from './state.ts'
import { toSubscriptionData } from './status.ts'

export async function listSubscriptions(
  client: SandboxClient,
  filter: { externalCustomerId?: string; cursor?: string | null },
): Promise<Page<SubscriptionData>> {
  const customer = filter.externalCustomerId
  const prefix = customer === undefined ? listPrefixes.subscription : `${listPrefixes.subscription}${customer}/`
  const page = await listPage(client, 'subscription', prefix, { cursor: filter.cursor ?? null })
  return { ...page, data: page.data.map(toSubscriptionData) }
}

export async function cancelSubscription(
  client: SandboxClient,
  input: CancelSubscriptionInput,
  operation: ProviderOperation<'cancel_subscription'>,
): Promise<SubscriptionChangeResult> {
  const answer = await client.execute(operation, input, async (draft) => {
    const subscription = await draft.get('subscription', input.externalSubscriptionId)
    if (subscription.status === 'canceled') return applied(subscription)
    client.require(!input.atPeriodEnd || client.capabilities.cancel.atPeriodEnd, 'end a subscription with its period')
    if (!input.atPeriodEnd) {
      await endSubscription(draft, subscription)
      return applied(subscription)
    }
    if (!subscription.cancel_at_period_end) await scheduleEnd(draft, subscription)
    return { ...applied(subscription), effectiveAt: subscription.current_period_end }
  })
  return changeResult(client, answer)
}

/** An end that is to come ends a pause: the period must go on to reach it. */
async function scheduleEnd(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  if (subscription.pause !== null) await resume(draft, subscription)
  subscription.cancel_at_period_end = true
  subscription.canceled_at = draft.at.toISOString()
  draft.emit('subscription.updated', subscription)
}

export async function reactivateSubscription(
  client: SandboxClient,
  input: ReactivateSubscriptionInput,
  operation: ProviderOperation<'reactivate_subscription'>,
): Promise<SubscriptionChangeResult> {
  const answer = await client.execute(operation, input, async (draft) => {
    const subscription = await getLive(draft, input.externalSubscriptionId)
    if (subscription.cancel_at_period_end) {
      subscription.cancel_at_period_end = false
      subscription.canceled_at = null
      draft.emit('subscription.updated', subscription)
    }
    return applied(subscription)
  })
  return changeResult(client, answer)
}

/** Throws `resource_missing`, `subscription_ended`. */
export async function getLive(draft: Draft, id: string): Promise<SandboxSubscription> {
  const subscription = await draft.get('subscription', id)
  if (subscription.status !== 'canceled') return subscription
  throw sandboxError(draft.providerName, 'subscription_ended', `Subscription "${id}" has ended.`)
}

export function applied(subscription: SandboxSubscription): Answer {
  return { object: 'subscription', id: subscription.id }
}

export async function changeResult(client: SandboxClient, answer: Answer): Promise<SubscriptionChangeResult> {
  const subscription = toSubscriptionData(await client.retrieve('subscription', answer.id))
  const offer = answer.offer === undefined ? null : await client.retrieve('offer', answer.offer)
  if (offer?.status === 'open')
    return {
      outcome: 'requires_approval',
      approvalUrl: `${client.account.pagesUrl}/offers/${offer.id}`,
      expiresAt: new Date(offer.expires_at),
      subscription,
    }
  if (answer.effectiveAt === undefined) return { outcome: 'applied', subscription }
  return { outcome: 'scheduled', effectiveAt: new Date(answer.effectiveAt), subscription }
}
