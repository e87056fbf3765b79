import { InvariantError } from '../../primitives/index.ts'
import type { ExternalRefs, ProviderEvent, VerifiedEvent } from '../provider-event.ts'
import { type SandboxToldCharge, toChargeData } from './charges.ts'
import { type SandboxDispute, toDisputeData } from './disputes.ts'
import type { SandboxCheckoutSession, SandboxInvoice, SandboxSubscription, ToldObject } from './objects.ts'
import { toReference } from './objects.ts'
import { type SandboxRefund, toRefundData } from './refunds.ts'
import type { SandboxEventType } from './state.ts'
import { toCheckoutSessionData, toInvoiceData, toSubscriptionData } from './status.ts'

/** The body of a webhook. */
export interface SandboxEvent {
  id: string
  type: string
  /** By the billing clock. */
  occurred_at: string
  /** Rises with every event of the account. */
  sequence: number
  /** The whole object as it was then. */
  data: ToldObject
}

type Normalize = (data: ToldObject, observedAt: Date) => ProviderEvent

const normalizers: Record<SandboxEventType, Normalize> = {
  'checkout.completed': checkout('checkout.completed'),
  'checkout.expired': checkout('checkout.expired'),
  'subscription.created': subscription('subscription.created'),
  'subscription.updated': subscription('subscription.updated'),
  'subscription.deleted': subscription('subscription.deleted'),
  'subscription.trial_will_end': subscription('subscription.trial_will_end'),
  'invoice.created': invoice('invoice.created'),
  'invoice.finalized': invoice('invoice.finalized'),
  'invoice.updated': invoice('invoice.updated'),
  'invoice.paid': invoice('invoice.paid'),
  'invoice.payment_failed': invoice('invoice.payment_failed'),
  'charge.changed': charge,
  'refund.changed': refund,
  'dispute.changed': dispute,
}

/** Pure: what a verified delivery means. A type this version does not know is ignored, and says so. */
export function normalizeWebhook(event: VerifiedEvent): ProviderEvent[] {
  if (!Object.hasOwn(normalizers, event.type)) {
    return [{ kind: 'ignored', reason: `The sandbox's event type "${event.type}" means nothing here.` }]
  }
  const body: unknown = JSON.parse(event.raw)
  if (!isSandboxEvent(body)) return [{ kind: 'ignored', reason: 'The stored payload is no event of the sandbox.' }]
  const normalize = normalizers[event.type as SandboxEventType]
  return [normalize(body.data, new Date(body.occurred_at))]
}

/** Enough for the inbox: the signature vouches for the rest. */
export function isSandboxEvent(body: unknown): body is SandboxEvent {
  if (typeof body !== 'object' || body === null) return false
  const { id, type, occurred_at, data } = body as Partial<SandboxEvent>
  return (
    typeof id === 'string' &&
    typeof type === 'string' &&
    typeof occurred_at === 'string' &&
    !Number.isNaN(Date.parse(occurred_at)) &&
    typeof data?.customer === 'string'
  )
}

function checkout(kind: 'checkout.completed' | 'checkout.expired'): Normalize {
  return (data, observedAt) => {
    const session = requireObject<SandboxCheckoutSession>(data, 'checkout_session')
    const refs = { ...refsOf(session), externalSessionId: session.id, ...subscriptionRef(session.subscription) }
    return { kind, refs, snapshot: toCheckoutSessionData(session), observedAt }
  }
}

type SubscriptionKind =
  | 'subscription.created'
  | 'subscription.updated'
  | 'subscription.deleted'
  | 'subscription.trial_will_end'

function subscription(kind: SubscriptionKind): Normalize {
  return (data, observedAt) => {
    const object = requireObject<SandboxSubscription>(data, 'subscription')
    return {
      kind,
      refs: { ...refsOf(object), ...subscriptionRef(object.id) },
      snapshot: toSubscriptionData(object),
      observedAt,
    }
  }
}

type InvoiceKind =
  | 'invoice.created'
  | 'invoice.finalized'
  | 'invoice.updated'
  | 'invoice.paid'
  | 'invoice.payment_failed'

function invoice(kind: InvoiceKind): Normalize {
  return (data, observedAt) => {
    const object = requireObject<SandboxInvoice>(data, 'invoice')
    const refs = { ...refsOf(object), ...subscriptionRef(object.subscription), externalInvoiceId: object.id }
    return { kind, refs, snapshot: toInvoiceData(object), observedAt }
  }
}

function charge(data: ToldObject, observedAt: Date): ProviderEvent {
  const object = requireObject<SandboxToldCharge>(data, 'told_charge')
  const refs = { ...refsOf(object), ...subscriptionRef(object.subscription), externalPaymentId: object.id }
  return { kind: 'charge.changed', refs, snapshot: toChargeData(object), observedAt }
}

function refund(data: ToldObject, observedAt: Date): ProviderEvent {
  const object = requireObject<SandboxRefund>(data, 'refund')
  const refs = {
    ...refsOf(object),
    externalPaymentId: object.payment,
    ...(object.invoice === null ? {} : { externalInvoiceId: object.invoice }),
    externalRefundId: object.id,
  }
  return { kind: 'refund.changed', refs, snapshot: toRefundData(object), observedAt }
}

function dispute(data: ToldObject, observedAt: Date): ProviderEvent {
  const object = requireObject<SandboxDispute>(data, 'dispute')
  const refs = { ...refsOf(object), externalPaymentId: object.payment }
  return { kind: 'dispute.changed', refs, snapshot: toDisputeData(object), observedAt }
}

function refsOf(object: ToldObject): ExternalRefs {
  return { externalCustomerId: object.customer, reference: toReference(object.metadata) }
}

function subscriptionRef(id: string | null): ExternalRefs {
  return id === null ? {} : { externalSubscriptionId: id }
}

/** Types and objects are bound together by the code that signs, so another object here is a bug of the sandbox. */
function requireObject<T extends ToldObject>(data: ToldObject, object: T['object']): T {
  if (data.object === object) return data as T
  throw new InvariantError(`a webhook about a ${object} carries a ${data.object}`)
}
