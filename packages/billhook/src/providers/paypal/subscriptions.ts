import { addDuration } from '../../primitives/index.ts'
import type { CancelSubscriptionInput, SubscriptionChangeResult, UpdateSubscriptionInput } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { Page, SubscriptionData } from '../snapshots.ts'
import { bringAbout } from './bring-about.ts'
import type { PayPalClient } from './client.ts'
import { understand, unreadableAnswer } from './errors.ts'
import { approvalLife } from './normalize-checkout.ts'
import { normalizeSubscription, quantityOf, type SubscriptionWithPlan } from './normalize-subscription.ts'
import { pageOf, readPageNumber } from './paging.ts'
import { hasEnded, isPending } from './status.ts'
import {
  nothingWire,
  planWire,
  reviseWire,
  type SubscriptionWire,
  subscriptionListWire,
  subscriptionWire,
} from './wire.ts'
import { linkTo } from './wire-fields.ts'

export function readSubscriptionWire(client: PayPalClient, id: string): Promise<SubscriptionWire> {
  return client.call('read', subscriptionWire, (api) => api.getSubscription({ id, fields: 'last_failed_payment,plan' }))
}

/** With the plan as the subscription has it; where PayPal does not show it, the plan as it is sold. */
export async function readWithPlan(client: PayPalClient, id: string): Promise<SubscriptionWithPlan> {
  const wire = await readSubscriptionWire(client, id)
  if (wire.plan?.billing_cycles?.length) return { ...wire, plan: wire.plan }
  return { ...wire, plan: await client.call('read', planWire, (api) => api.getBillingPlan(wire.plan_id)) }
}

export async function retrieveSubscription(client: PayPalClient, id: string): Promise<SubscriptionData> {
  return normalize(client, await readWithPlan(client, id))
}

export const normalize = (client: PayPalClient, wire: SubscriptionWithPlan): SubscriptionData =>
  understand(client.provider, () => normalizeSubscription(wire))

/** The account's, whoever made them; a list shows ids only for certain, so each is read. What nobody agreed to is no subscription yet. */
export async function listSubscriptions(
  client: PayPalClient,
  filter: { externalCustomerId?: string; cursor?: string | null },
): Promise<Page<SubscriptionData>> {
  const { ids, nextCursor } = await listIds(client, { cursor: filter.cursor ?? null })
  const data: SubscriptionData[] = []
  for (const id of ids) {
    const wire = await readWithPlan(client, id)
    const subscription = isPending(wire) ? null : normalize(client, wire)
    const isWanted = !filter.externalCustomerId || subscription?.externalCustomerId === filter.externalCustomerId
    if (subscription && isWanted) data.push(subscription)
  }
  return { data, nextCursor }
}

export async function listIds(
  client: PayPalClient,
  request: { cursor: string | null; limit?: number | undefined; planIds?: string; createdAfter?: string },
): Promise<{ ids: string[]; nextCursor: string | null }> {
  const page = readPageNumber(client.provider, request)
  const { planIds, createdAfter } = request
  const list = await client.call('read', subscriptionListWire, (api) =>
    api.listSubscriptions({ ...page, ...(planIds && { planIds }), ...(createdAfter && { createdAfter }) }),
  )
  const ids = (list.subscriptions ?? []).map(({ id }) => id)
  return { ids, nextCursor: pageOf(page, ids.length, list.links) }
}

/** At once only. What has ended is a success, whichever way it was asked to end. */
export async function cancelSubscription(
  client: PayPalClient,
  { externalSubscriptionId: id, atPeriodEnd }: CancelSubscriptionInput,
): Promise<SubscriptionChangeResult> {
  if (atPeriodEnd) {
    const wire = await readWithPlan(client, id)
    if (hasEnded(wire)) return applied(client, wire)
    throw unsupported(client.provider, 'PayPal ends a subscription only at once.')
  }
  const ended = await bringAbout(client, id, {
    isDone: hasEnded,
    act: () =>
      client.call('write', nothingWire, (api) => api.cancelSubscription({ id, body: { reason: 'Cancelled' } })),
  })
  return applied(client, ended)
}

/** There is never a scheduled end to take back; core undoes the pause by which it emulates one. */
export async function reactivateSubscription(client: PayPalClient, id: string): Promise<SubscriptionChangeResult> {
  const wire = await readWithPlan(client, id)
  if (hasEnded(wire)) throw subscriptionEnded(client.provider, id)
  return applied(client, wire)
}

/**
 * `revise`: another plan of the same product, or another quantity, from the next cycle on. Unless a card pays, the buyer has to agree, and
 * until then everything stays as it was.
 */
export async function updateSubscription(
  client: PayPalClient,
  input: UpdateSubscriptionInput,
): Promise<SubscriptionChangeResult> {
  const id = input.externalSubscriptionId
  const before = await readWithPlan(client, id)
  if (hasEnded(before)) throw subscriptionEnded(client.provider, id)
  const wanted = wantedOf(client.provider, input)
  if (holds(before, wanted)) return applied(client, before)
  const returnUrl = input.returnUrl ?? `${client.baseUrl}/`
  const { links } = await client.call('write', reviseWire, (api) =>
    api.reviseSubscription({
      id,
      body: {
        planId: wanted.externalPriceId,
        quantity: String(wanted.quantity),
        applicationContext: { returnUrl, cancelUrl: returnUrl },
      },
    }),
  )
  const approvalUrl = linkTo(links, 'approve')
  const after = await readAfterWrite(client, id)
  if (holds(after, wanted)) return applied(client, after)
  const subscription = normalize(client, after)
  if (approvalUrl) {
    const expiresAt = addDuration(client.clock.now(), approvalLife)
    return { outcome: 'requires_approval', approvalUrl, expiresAt, subscription }
  }
  const effectiveAt = after.billing_info?.next_billing_time ?? subscription.currentPeriodEnd
  if (!effectiveAt)
    throw unreadableAnswer(client.provider, 'write', new Error('it does not say when the change begins'))
  return { outcome: 'scheduled', effectiveAt, subscription }
}

interface Wanted {
  externalPriceId: string
  quantity: number
}

function wantedOf(provider: string, { externalSubscriptionId, items, proration }: UpdateSubscriptionInput): Wanted {
  if (proration !== 'none')
    throw unsupported(provider, 'PayPal knows no prorations: a change counts from the next cycle.')
  const [item, ...others] = items
  if (!item || others.length > 0 || item.externalItemId !== externalSubscriptionId) {
    const detail = `PayPal's subscription ${externalSubscriptionId} has one item, named after it.`
    throw new PaymentProviderError({ provider, code: 'resource_missing', detail })
  }
  if (Number.isSafeInteger(item.quantity) && item.quantity >= 1) return item
  throw new PaymentProviderError({ provider, code: 'provider_rejected', detail: `${item.quantity} is no quantity.` })
}

/** What the subscription is to already. */
export const holds = (wire: SubscriptionWire, { externalPriceId, quantity }: Wanted): boolean =>
  wire.plan_id === externalPriceId && quantityOf(wire) === quantity

/** A change was sent: whatever keeps us from seeing what came of it leaves that unknown. */
export async function readAfterWrite(client: PayPalClient, id: string): Promise<SubscriptionWithPlan> {
  try {
    const wire = await readWithPlan(client, id)
    normalize(client, wire)
    return wire
  } catch (cause) {
    throw unreadableAnswer(client.provider, 'write', cause)
  }
}

export const applied = (client: PayPalClient, wire: SubscriptionWithPlan): SubscriptionChangeResult => ({
  outcome: 'applied',
  subscription: normalize(client, wire),
})

export const unsupported = (provider: string, detail: string): PaymentProviderError =>
  new PaymentProviderError({ provider, code: 'unsupported', detail })

export const subscriptionEnded = (provider: string, id: string): PaymentProviderError =>
  new PaymentProviderError({ provider, code: 'subscription_ended', detail: `PayPal's subscription ${id} has ended.` })
