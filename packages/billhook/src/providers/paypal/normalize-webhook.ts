import type { ProviderEvent, VerifiedEvent } from '../provider-event.ts'
import { understand } from './errors.ts'
import { wireOf } from './webhook-event.ts'
import {
  activation,
  dispute,
  ignored,
  paymentFailure,
  type Rule,
  refund,
  reversal,
  sale,
  subscription,
} from './webhook-rules.ts'

const notSold = ignored('one-off payments are not made here')
const notRead = ignored('products and plans are read when they are needed')
const notKept = ignored('what pays a subscription is kept at PayPal')

/** Types as developer.paypal.com/api/rest/webhooks/event-names lists them. */
const rules = new Map<string, Rule>(
  Object.entries({
    'BILLING.SUBSCRIPTION.CREATED': ignored('nobody has agreed to it yet; BILLING.SUBSCRIPTION.ACTIVATED tells'),
    'BILLING.SUBSCRIPTION.ACTIVATED': activation,
    'BILLING.SUBSCRIPTION.RE-ACTIVATED': activation,
    'BILLING.SUBSCRIPTION.RENEWED': subscription('subscription.updated'),
    'BILLING.SUBSCRIPTION.UPDATED': subscription('subscription.updated'),
    'BILLING.SUBSCRIPTION.SUSPENDED': subscription('subscription.updated'),
    'BILLING.SUBSCRIPTION.CANCELLED': subscription('subscription.deleted'),
    'BILLING.SUBSCRIPTION.EXPIRED': subscription('subscription.deleted'),
    'BILLING.SUBSCRIPTION.PAYMENT.FAILED': paymentFailure,
    'PAYMENT.SALE.COMPLETED': sale,
    'PAYMENT.SALE.PENDING': sale,
    'PAYMENT.SALE.DENIED': sale,
    'PAYMENT.SALE.REFUNDED': refund,
    'PAYMENT.SALE.REVERSED': reversal,
    'CUSTOMER.DISPUTE.CREATED': dispute,
    'CUSTOMER.DISPUTE.UPDATED': dispute,
    'CUSTOMER.DISPUTE.RESOLVED': dispute,
    'PAYMENT.CAPTURE.COMPLETED': notSold,
    'PAYMENT.CAPTURE.PENDING': notSold,
    'PAYMENT.CAPTURE.DENIED': notSold,
    'PAYMENT.CAPTURE.REFUNDED': notSold,
    'PAYMENT.CAPTURE.REVERSED': notSold,
    'CHECKOUT.ORDER.APPROVED': notSold,
    'CHECKOUT.ORDER.COMPLETED': notSold,
    'CHECKOUT.PAYMENT-APPROVAL.REVERSED': notSold,
    'VAULT.PAYMENT-TOKEN.CREATED': notKept,
    'VAULT.PAYMENT-TOKEN.DELETED': notKept,
    'CATALOG.PRODUCT.CREATED': notRead,
    'CATALOG.PRODUCT.UPDATED': notRead,
    'BILLING.PLAN.CREATED': notRead,
    'BILLING.PLAN.UPDATED': notRead,
    'BILLING.PLAN.ACTIVATED': notRead,
    'BILLING.PLAN.DEACTIVATED': notRead,
    'BILLING.PLAN.PRICING-CHANGE.ACTIVATED': notRead,
  }),
)

/** Pure: theirs to ours. Throws `malformed_payload` where guessing would be needed. */
export function normalizeWebhook(event: VerifiedEvent, provider: string): ProviderEvent[] {
  return understand(provider, () => {
    const wire = wireOf(event)
    const rule = rules.get(wire.event_type) ?? ignored(`unknown type ${wire.event_type}`)
    return rule(wire.resource, event.occurredAt ?? wire.create_time ?? new Date(0))
  })
}
