import { type Lookups, lookUp, notFound, succeeded, unknown } from '../look-up.ts'
import type { LookupResult, OperationKind, ProviderOperation } from '../operation.ts'
import { expireCheckoutSession } from './checkout.ts'
import type { PayPalClient } from './client.ts'
import { createCustomer } from './customers.ts'
import { understand } from './errors.ts'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { normalizeRefund } from './normalize-refund.ts'
import type { SubscriptionWithPlan } from './normalize-subscription.ts'
import { isRunning, isSuspended } from './pause.ts'
import { findPayment } from './pay-invoice.ts'
import { findPublishedPrice } from './prices.ts'
import { fromCustomId } from './reference.ts'
import { invoiceNumberOf } from './refunds.ts'
import { hasEnded } from './status.ts'
import { applied, holds, listIds, readSubscriptionWire, readWithPlan } from './subscriptions.ts'
import { listToldRefunds } from './told-refunds.ts'
import { saleWire } from './wire-money.ts'

/** Creations are found by our operation id in what they carry, changes by the state they were to bring about. */
const lookups: Lookups<PayPalClient> = {
  // Computed, so it has always happened.
  create_customer: async (_, operation) => succeeded(createCustomer(operation.input, operation)),
  create_checkout_session: lookupCheckoutSession,
  expire_checkout_session: async (client, { input }) =>
    succeeded(await expireCheckoutSession(client, input.externalSessionId)),
  cancel_subscription: (client, { input }) => lookupState(client, input, hasEnded),
  reactivate_subscription: (client, { input }) => lookupState(client, input, (wire) => !hasEnded(wire)),
  // A change whose approval link was lost was never agreed to: nothing happened.
  update_subscription: (client, { input }) => {
    const [item] = input.items
    return lookupState(client, input, (wire) => item !== undefined && !hasEnded(wire) && holds(wire, item))
  },
  pause_subscription: (client, { input }) => lookupState(client, input, isSuspended),
  resume_subscription: (client, { input }) => lookupState(client, input, isRunning),
  create_refund: lookupRefund,
  pay_invoice: async (client, operation) => {
    const result = await findPayment(client, operation, clockSkewMs)
    // The list of transactions lags behind: what is not there yet may still have happened.
    return result ? succeeded(result) : unknown
  },
  publish_coupon: async () => notFound,
  report_usage: async () => notFound,
  publish_price: async (client, { input }) => {
    const price = await findPublishedPrice(client, input)
    return price ? succeeded(price) : notFound
  },
}

export const lookup = <K extends OperationKind>(
  client: PayPalClient,
  operation: ProviderOperation<K>,
): Promise<LookupResult<K>> => lookUp(lookups, client, operation)

async function lookupState(
  client: PayPalClient,
  { externalSubscriptionId }: { externalSubscriptionId: string },
  isDone: (wire: SubscriptionWithPlan) => boolean,
): Promise<LookupResult<'cancel_subscription'>> {
  const wire = await readWithPlan(client, externalSubscriptionId)
  return isDone(wire) ? succeeded(applied(client, wire)) : notFound
}

/** PayPal's clock and ours may differ by so much. */
const clockSkewMs = 10 * 60_000
/** More than that were not made for one plan since the call; then it cannot be ruled out. */
const mostPages = 10

async function lookupCheckoutSession(
  client: PayPalClient,
  operation: ProviderOperation<'create_checkout_session'>,
): Promise<LookupResult<'create_checkout_session'>> {
  const createdAfter = new Date(operation.startedAt.getTime() - clockSkewMs).toISOString()
  let cursor: string | null = null
  for (let pages = 0; pages < mostPages; pages += 1) {
    const request = { cursor, planIds: operation.input.externalPriceId, createdAfter }
    const list: Awaited<ReturnType<typeof listIds>> = await listIds(client, request)
    for (const id of list.ids) {
      const wire = await readSubscriptionWire(client, id)
      if (fromCustomId(wire.custom_id, id).reference.operationId === operation.id) {
        return succeeded(understand(client.provider, () => normalizeCheckoutSession(wire)))
      }
    }
    cursor = list.nextCursor
    if (!cursor) return notFound
  }
  return unknown
}

/**
 * No list shows the refunds of a sale. A sale that is whole had none; one that is not had one, and only the events that PayPal sent about
 * it tell whose. What they do not tell stays unknown rather than be done twice.
 */
async function lookupRefund(
  client: PayPalClient,
  { id, input, startedAt }: ProviderOperation<'create_refund'>,
): Promise<LookupResult<'create_refund'>> {
  const { externalPaymentId } = input
  if (externalPaymentId.includes('/')) return notFound
  const path = `/v1/payments/sale/${encodeURIComponent(externalPaymentId)}`
  const sale = await client.plain('read', saleWire, { method: 'GET', path })
  if (sale.state === 'completed') return notFound
  const since = new Date(startedAt.getTime() - clockSkewMs)
  const refunds = await listToldRefunds(client, externalPaymentId, since)
  const found = refunds.find(({ invoice_number: number }) => number === invoiceNumberOf(id))
  return found ? succeeded(understand(client.provider, () => normalizeRefund(found, { externalPaymentId }))) : unknown
}
