import type { PaypalEvent } from './objects.ts'

/** What every event of a kind has in common, by how its type begins. */
const kinds: ReadonlyArray<[begin: string, resourceType: string, resourceVersion: string | null]> = [
  ['CATALOG.PRODUCT.', 'product_v1', '1.0'],
  ['BILLING.PLAN.', 'plan', '2.0'],
  ['BILLING.SUBSCRIPTION.', 'subscription', '2.0'],
  ['PAYMENT.SALE.REFUNDED', 'refund', null],
  ['PAYMENT.SALE.', 'sale', null],
  ['CUSTOMER.DISPUTE.', 'dispute', null],
]

/** Everything that the emulated account can tell. */
export const eventTypes = [
  ...['CREATED', 'UPDATED'].map((verb) => `CATALOG.PRODUCT.${verb}`),
  ...['CREATED', 'UPDATED', 'ACTIVATED', 'DEACTIVATED', 'PRICING-CHANGE.ACTIVATED'].map(
    (verb) => `BILLING.PLAN.${verb}`,
  ),
  ...['CREATED', 'ACTIVATED', 'RE-ACTIVATED', 'UPDATED', 'EXPIRED', 'CANCELLED', 'SUSPENDED', 'PAYMENT.FAILED'].map(
    (verb) => `BILLING.SUBSCRIPTION.${verb}`,
  ),
  ...['COMPLETED', 'PENDING', 'DENIED', 'REFUNDED', 'REVERSED'].map((verb) => `PAYMENT.SALE.${verb}`),
  ...['CREATED', 'UPDATED', 'RESOLVED'].map((verb) => `CUSTOMER.DISPUTE.${verb}`),
]

export function envelopeOf(type: string): Pick<PaypalEvent, 'resource_type' | 'resource_version' | 'event_version'> {
  const [, resourceType, resourceVersion] = kinds.find(([begin]) => type.startsWith(begin)) ?? ['', 'unknown', null]
  return {
    event_version: '1.0',
    resource_type: resourceType,
    ...(resourceVersion !== null && { resource_version: resourceVersion }),
  }
}

/** `Sale completed.`: for people, and never parsed. */
export function summaryOf(type: string): string {
  const words = type.toLowerCase().replace(/[.-]/g, ' ').split(' ').slice(1).join(' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
