import { type Lookups, lookUp, notFound, succeeded, unknown } from '../look-up.ts'
import type { LookupResult, OperationKind, ProviderOperation, UpdateSubscriptionInput } from '../operation.ts'
import type { SubscriptionData } from '../snapshots.ts'
import { retrieveCheckoutSession } from './checkout.ts'
import type { StripeClient } from './client.ts'
import { findPublishedCoupon } from './coupons.ts'
import { retrieveInvoice } from './invoices.ts'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { normalizeCustomer } from './normalize-customer.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { readSubscription } from './normalize-subscription.ts'
import { isPaused, resumeOutcome } from './pause.ts'
import { payOutcome } from './pay-invoice.ts'
import { findPublishedPrice } from './prices.ts'
import { fromMetadata } from './reference.ts'
import { paymentParam } from './refunds.ts'
import { hasEnded } from './status.ts'
import {
  applied,
  cancelOutcome,
  endsWithPeriod,
  readWithInvoice,
  retrieveSubscription,
  updateOutcome,
} from './subscriptions.ts'

/** Creations are found by our operation id in their metadata, changes by the state they were to bring about. */
const lookups: Lookups<StripeClient> = {
  create_customer: lookupCustomer,
  create_checkout_session: lookupCheckoutSession,
  expire_checkout_session: async (client, { input }) => {
    const session = await retrieveCheckoutSession(client, input.externalSessionId)
    return session.status === 'open' ? notFound : succeeded(session)
  },
  cancel_subscription: async (client, { input }) => {
    const subscription = await retrieveSubscription(client, input.externalSubscriptionId)
    const isDone = hasEnded(subscription.status) || (input.atPeriodEnd && endsWithPeriod(subscription))
    return isDone ? succeeded(cancelOutcome(subscription)) : notFound
  },
  reactivate_subscription: async (client, { input }) => {
    const subscription = await retrieveSubscription(client, input.externalSubscriptionId)
    const isDone = !hasEnded(subscription.status) && subscription.cancelAt === null
    return isDone ? succeeded({ outcome: 'applied', subscription }) : notFound
  },
  update_subscription: lookupUpdate,
  pause_subscription: async (client, { input }) => {
    const wire = await readWithInvoice(client, input.externalSubscriptionId)
    return isPaused(wire, input) ? succeeded(applied(wire)) : notFound
  },
  resume_subscription: async (client, { input }) => {
    const wire = await readWithInvoice(client, input.externalSubscriptionId)
    const result = hasEnded(wire.status) ? null : resumeOutcome(wire, input)
    return result ? succeeded(result) : notFound
  },
  create_refund: lookupRefund,
  pay_invoice: async (client, { input }) => {
    const result = payOutcome(await retrieveInvoice(client, input.externalInvoiceId))
    return result ? succeeded(result) : notFound
  },
  publish_coupon: async (client, { input }) => {
    const coupon = await findPublishedCoupon(client, input.coupon)
    return coupon ? succeeded(coupon) : notFound
  },
  // Stripe shows no single meter event again. Reporting it once more under the same key is safe.
  report_usage: async () => unknown,
  publish_price: async (client, { input }) => {
    const price = await findPublishedPrice(client, input)
    return price ? succeeded(price) : notFound
  },
}

export const lookup = <K extends OperationKind>(
  client: StripeClient,
  operation: ProviderOperation<K>,
): Promise<LookupResult<K>> => lookUp(lookups, client, operation)

/** Lists are newest first; an object made minutes ago that is not among so many cannot be ruled out. */
const scanLimit = 1000
const pageSize = 100

async function scan<T>(objects: AsyncIterable<T>, isIt: (object: T) => boolean): Promise<T | 'not_found' | 'unknown'> {
  let seen = 0
  for await (const object of objects) {
    if (isIt(object)) return object
    seen += 1
    if (seen === scanLimit) return 'unknown'
  }
  return 'not_found'
}

function isOf(operation: ProviderOperation): (object: { metadata: Record<string, string> | null }) => boolean {
  return ({ metadata }) => fromMetadata(metadata ?? {}).operationId === operation.id
}

function lookupCustomer(
  client: StripeClient,
  operation: ProviderOperation<'create_customer'>,
): Promise<LookupResult<'create_customer'>> {
  // By email and not by search: Stripe's search index runs up to a minute behind.
  return client.read(async (stripe) => {
    const found = await scan(stripe.customers.list({ email: operation.input.email, limit: pageSize }), isOf(operation))
    return typeof found === 'string' ? { outcome: found } : succeeded(normalizeCustomer(found))
  })
}

function lookupCheckoutSession(
  client: StripeClient,
  operation: ProviderOperation<'create_checkout_session'>,
): Promise<LookupResult<'create_checkout_session'>> {
  return client.read(async (stripe) => {
    const sessions = stripe.checkout.sessions.list({ customer: operation.input.externalCustomerId, limit: pageSize })
    const found = await scan(sessions, isOf(operation))
    return typeof found === 'string' ? { outcome: found } : succeeded(normalizeCheckoutSession(found))
  })
}

function lookupRefund(
  client: StripeClient,
  operation: ProviderOperation<'create_refund'>,
): Promise<LookupResult<'create_refund'>> {
  const payment = paymentParam(client.provider, operation.input.externalPaymentId)
  return client.read(async (stripe) => {
    const found = await scan(stripe.refunds.list({ ...payment, limit: pageSize }), isOf(operation))
    return typeof found === 'string' ? { outcome: found } : succeeded(normalizeRefund(found))
  })
}

function lookupUpdate(
  client: StripeClient,
  { input }: ProviderOperation<'update_subscription'>,
): Promise<LookupResult<'update_subscription'>> {
  return client.read(async (stripe) => {
    const expand = ['latest_invoice']
    const wire = readSubscription(await stripe.subscriptions.retrieve(input.externalSubscriptionId, { expand }))
    const result = updateOutcome(wire)
    // One mutation is open at a time: a held-back change can only be this one.
    if (result.outcome === 'pending_payment' || holds(result.subscription, input)) return succeeded(result)
    return notFound
  })
}

function holds({ items }: SubscriptionData, input: UpdateSubscriptionInput): boolean {
  return input.items.every((wanted) =>
    items.some(
      (item) =>
        item.externalItemId === wanted.externalItemId &&
        item.externalPriceId === wanted.externalPriceId &&
        item.quantity === wanted.quantity,
    ),
  )
}
