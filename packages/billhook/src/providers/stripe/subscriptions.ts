import type Stripe from 'stripe'
import type { ProrationMode } from '../capabilities.ts'
import type {
  CancelSubscriptionInput,
  ProviderOperation,
  SubscriptionChangeResult,
  UpdateSubscriptionInput,
} from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { Page, SubscriptionData } from '../snapshots.ts'
import type { StripeClient } from './client.ts'
import { normalizeSubscription, readSubscription } from './normalize-subscription.ts'
import { hasEnded } from './status.ts'
import type { SubscriptionWire } from './wire.ts'

const pageSize = 100

export function retrieveSubscription(client: StripeClient, id: string): Promise<SubscriptionData> {
  return client.read(async (stripe) =>
    normalizeSubscription(await readWhole(stripe, await stripe.subscriptions.retrieve(id))),
  )
}

export function listSubscriptions(
  client: StripeClient,
  filter: { externalCustomerId?: string; cursor?: string | null },
): Promise<Page<SubscriptionData>> {
  const params: Stripe.SubscriptionListParams = {
    // Stripe leaves ended ones out unless told otherwise.
    status: 'all',
    limit: pageSize,
    ...(filter.externalCustomerId && { customer: filter.externalCustomerId }),
    ...(filter.cursor && { starting_after: filter.cursor }),
  }
  return client.read(async (stripe) => {
    const page = await stripe.subscriptions.list(params)
    const data: SubscriptionData[] = []
    for (const subscription of page.data) data.push(normalizeSubscription(await readWhole(stripe, subscription)))
    return { data, nextCursor: page.has_more ? (page.data.at(-1)?.id ?? null) : null }
  })
}

/** With its latest invoice as an object, which says where to pay. */
export function readWithInvoice(client: StripeClient, id: string): Promise<SubscriptionWire> {
  const expand = ['latest_invoice']
  return client.read(async (stripe) => readWhole(stripe, await stripe.subscriptions.retrieve(id, { expand })))
}

/** With all items: an embedded list can be cut short. */
async function readWhole(stripe: Stripe, subscription: Stripe.Subscription): Promise<SubscriptionWire> {
  if (!subscription.items.has_more) return readSubscription(subscription)
  const data: Stripe.SubscriptionItem[] = []
  for await (const item of stripe.subscriptionItems.list({ subscription: subscription.id, limit: pageSize }))
    data.push(item)
  return readSubscription({ ...subscription, items: { data } })
}

export function cancelSubscription(
  client: StripeClient,
  input: CancelSubscriptionInput,
  operation: ProviderOperation<'cancel_subscription'>,
): Promise<SubscriptionChangeResult> {
  return input.atPeriodEnd ? cancelAtPeriodEnd(client, input, operation) : cancelNow(client, input, operation)
}

async function cancelNow(
  client: StripeClient,
  { externalSubscriptionId: id }: CancelSubscriptionInput,
  { idempotencyKey }: ProviderOperation,
): Promise<SubscriptionChangeResult> {
  try {
    // The SDK makes up no key for a DELETE of API v1.
    return await client.write(async (stripe) =>
      applied(await readWhole(stripe, await stripe.subscriptions.cancel(id, {}, { idempotencyKey }))),
    )
  } catch (error) {
    // Stripe calls an ended subscription missing when it is cancelled again.
    const ended = await findEnded(client, id, error)
    if (!ended) throw error
    return { outcome: 'applied', subscription: ended }
  }
}

async function cancelAtPeriodEnd(
  client: StripeClient,
  { externalSubscriptionId: id }: CancelSubscriptionInput,
  operation: ProviderOperation,
): Promise<SubscriptionChangeResult> {
  const now = await retrieveSubscription(client, id)
  if (hasEnded(now.status) || endsWithPeriod(now)) return cancelOutcome(now)
  const subscription = await update(client, id, { cancel_at_period_end: true }, operation)
  return cancelOutcome(normalizeSubscription(subscription))
}

/** `scheduled` while the end lies ahead, `applied` when it is over. */
export function cancelOutcome(subscription: SubscriptionData): SubscriptionChangeResult {
  const effectiveAt = hasEnded(subscription.status) ? null : subscription.cancelAt
  return effectiveAt ? { outcome: 'scheduled', effectiveAt, subscription } : { outcome: 'applied', subscription }
}

export function endsWithPeriod({ cancelAt, currentPeriodEnd }: SubscriptionData): boolean {
  return cancelAt !== null && currentPeriodEnd !== null && cancelAt <= currentPeriodEnd
}

export async function reactivateSubscription(
  client: StripeClient,
  id: string,
  operation: ProviderOperation<'reactivate_subscription'>,
): Promise<SubscriptionChangeResult> {
  const wire = await client.read(async (stripe) => readWhole(stripe, await stripe.subscriptions.retrieve(id)))
  if (hasEnded(wire.status)) throw subscriptionEnded(client.provider, id)
  const undo = undoEnd(wire)
  if (!undo) return client.read(async () => applied(wire))
  return applied(await update(client, id, undo, operation))
}

/** Stripe has two fields for an end and refuses both in one request: the one that is set is cleared. */
function undoEnd(wire: SubscriptionWire): Stripe.SubscriptionUpdateParams | null {
  if (wire.cancel_at_period_end) return { cancel_at_period_end: false }
  return wire.cancel_at ? { cancel_at: '' } : null
}

/** Stripe's word for each of ours. */
export const prorationBehaviors = {
  none: 'none',
  next_invoice: 'create_prorations',
  immediate: 'always_invoice',
} as const satisfies Record<ProrationMode, string>

export async function updateSubscription(
  client: StripeClient,
  input: UpdateSubscriptionInput,
  operation: ProviderOperation<'update_subscription'>,
): Promise<SubscriptionChangeResult> {
  const params: Stripe.SubscriptionUpdateParams = {
    items: itemParams(input),
    proration_behavior: prorationBehaviors[input.proration],
    // Only an immediate change waits for its money; Stripe then allows few other parameters beside.
    ...(input.proration === 'immediate' && { payment_behavior: 'pending_if_incomplete' }),
    ...prorationDate(input),
    expand: ['latest_invoice'],
  }
  try {
    return updateOutcome(await update(client, input.externalSubscriptionId, params, operation))
  } catch (error) {
    if (await findEnded(client, input.externalSubscriptionId, error)) {
      throw subscriptionEnded(client.provider, input.externalSubscriptionId)
    }
    throw error
  }
}

/** Without its id an item would be added beside the old one. */
export function itemParams(input: UpdateSubscriptionInput) {
  const licensed = input.items.map(({ externalItemId, externalPriceId, quantity }) => ({
    id: externalItemId,
    price: externalPriceId,
    quantity,
  }))
  const metered = (input.meteredItems ?? []).map(({ externalItemId: id, externalPriceId: price }) => ({
    ...(id !== null && { id }),
    ...(price === null ? { deleted: true } : { price }),
  }))
  return [...licensed, ...metered]
}

/** The moment of the preview, so that the same seconds are charged; Stripe takes whole ones. Nothing to date without prorations. */
export function prorationDate({ proration, prorationAt }: UpdateSubscriptionInput): { proration_date?: number } {
  if (prorationAt === undefined || proration === 'none') return {}
  return { proration_date: Math.floor(Date.parse(prorationAt) / 1000) }
}

/** A held-back change leaves the old items in place until its invoice is paid. */
export function updateOutcome(wire: SubscriptionWire): SubscriptionChangeResult {
  if (!wire.pending_update) return applied(wire)
  const invoice = typeof wire.latest_invoice === 'object' ? wire.latest_invoice : null
  return {
    outcome: 'pending_payment',
    paymentUrl: invoice?.hosted_invoice_url ?? null,
    subscription: normalizeSubscription(wire),
  }
}

function update(
  client: StripeClient,
  id: string,
  params: Stripe.SubscriptionUpdateParams,
  { idempotencyKey }: ProviderOperation,
): Promise<SubscriptionWire> {
  return changeSubscription(client, (stripe) => stripe.subscriptions.update(id, params, { idempotencyKey }))
}

export function changeSubscription(
  client: StripeClient,
  call: (stripe: Stripe) => Promise<Stripe.Subscription>,
): Promise<SubscriptionWire> {
  return client.write(async (stripe) => {
    const wire = await readWhole(stripe, await call(stripe))
    // Here and not later: an answer nobody can read leaves the outcome unknown.
    normalizeSubscription(wire)
    return wire
  })
}

export function applied(wire: SubscriptionWire): SubscriptionChangeResult {
  return { outcome: 'applied', subscription: normalizeSubscription(wire) }
}

/** Stripe words "it has ended" in several ways; the subscription itself says it in one. */
async function findEnded(client: StripeClient, id: string, error: unknown): Promise<SubscriptionData | null> {
  const codes = ['resource_missing', 'subscription_ended', 'provider_rejected']
  if (!(error instanceof PaymentProviderError && codes.includes(error.code))) return null
  const subscription = await retrieveSubscription(client, id)
  return hasEnded(subscription.status) ? subscription : null
}

export function subscriptionEnded(provider: string, id: string): PaymentProviderError {
  return new PaymentProviderError({
    provider,
    code: 'subscription_ended',
    detail: `Stripe's subscription ${id} has ended.`,
  })
}
