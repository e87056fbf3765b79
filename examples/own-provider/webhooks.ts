import { createHmac, timingSafeEqual } from 'node:crypto'
import { PaymentProviderError, type ProviderEvent, type ProviderEventKind, type VerifiedEvent } from 'billhook'
import { revive } from './records.ts'

/** The bank's own words, and ours for them. */
const kinds = {
  'order.paid': 'checkout.completed',
  'order.expired': 'checkout.expired',
  'agreement.begun': 'subscription.created',
  'agreement.changed': 'subscription.updated',
  'agreement.ended': 'subscription.deleted',
  'bill.issued': 'invoice.finalized',
  'bill.paid': 'invoice.paid',
  'bill.overdue': 'invoice.payment_failed',
} as const satisfies Record<string, ProviderEventKind>
export type BankEventType = keyof typeof kinds

export interface BankEvent {
  id: string
  type: string
  occurredAt: Date
  /** All of a customer's events are one line. */
  customer: string
  data: Record<string, unknown>
}

const toleranceMs = 300_000

/** `t=<ms>,v=<hex>`: HMAC-SHA256 of `t.body`. */
export function signature(body: string, secret: string, at: Date): string {
  const t = at.getTime()
  return `t=${t},v=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}

export function verify(
  rawBody: Uint8Array,
  headers: Headers,
  { provider, secret, now }: { provider: string; secret: string; now: Date },
): VerifiedEvent[] {
  const body = new TextDecoder().decode(rawBody)
  const given = headers.get('bank-signature') ?? ''
  const at = new Date(Number(/^t=(\d+)/.exec(given)?.[1] ?? Number.NaN))
  if (!(Math.abs(now.getTime() - at.getTime()) <= toleranceMs) || !isSame(given, signature(body, secret, at))) {
    throw new PaymentProviderError({ provider, code: 'invalid_signature', detail: 'The bank did not sign this.' })
  }
  const event = read(body, provider)
  return [
    {
      dedupeKey: event.id,
      lineKey: event.customer,
      type: event.type,
      occurredAt: event.occurredAt,
      payloadVersion: null,
      mode: 'test',
      raw: body,
    },
  ]
}

export function normalize({ raw }: VerifiedEvent, provider: string): ProviderEvent[] {
  const { type, data, customer, occurredAt: observedAt } = read(raw, provider)
  if (!(type in kinds)) return [{ kind: 'ignored', reason: `unknown type ${type}` }]
  const kind = kinds[type as BankEventType]
  const refs = Object.fromEntries(
    ['externalSessionId', 'externalSubscriptionId', 'externalInvoiceId', 'reference'].flatMap((name) =>
      data[name] ? [[name, data[name]]] : [],
    ),
  )
  // The bank's payload is the snapshot: `kinds` says of which object.
  return [
    { kind, refs: { ...refs, externalCustomerId: customer }, snapshot: data, observedAt } as unknown as ProviderEvent,
  ]
}

function read(body: string, provider: string): BankEvent {
  try {
    const event: BankEvent = revive(JSON.parse(body))
    if (event.id && event.type && event.customer && event.occurredAt instanceof Date) return event
  } catch (cause) {
    throw malformed(provider, cause)
  }
  throw malformed(provider)
}

const malformed = (provider: string, cause?: unknown) =>
  new PaymentProviderError({ provider, code: 'malformed_payload', detail: 'This is no event of the bank.', cause })

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
