import { describe, expect, it } from 'vitest'
import { PaymentProviderError } from '../provider-error.ts'
import type { ProviderEvent } from '../provider-event.ts'
import { normalizeWebhook } from './normalize-webhook.ts'
import {
  checkoutSession,
  disputeToday,
  invoiceBeforeBasil,
  invoiceToday,
  refundToday,
  sampleReference,
  sampleStart,
  snapshotEvent,
  subscriptionBeforeBasil,
  subscriptionToday,
  thinEvent,
  type Wire,
} from './testing/sample-objects.ts'

const observedAt = new Date((sampleStart + 200) * 1000)

function normalize(payload: Wire): ProviderEvent {
  const events = normalizeWebhook(
    {
      dedupeKey: 'evt_1',
      lineKey: 'cus_1',
      type: String(payload.type),
      occurredAt: observedAt,
      payloadVersion: null,
      mode: 'test',
      raw: JSON.stringify(payload),
    },
    'stripe-eu',
  )
  expect(events).toHaveLength(1)
  return events[0] ?? { kind: 'ignored', reason: 'nothing came out' }
}

function malformation(payload: Wire): PaymentProviderError {
  try {
    normalize(payload)
  } catch (error) {
    if (error instanceof PaymentProviderError) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('normalizeWebhook', () => {
  it.each([
    ['customer.subscription.created', 'subscription.created', subscriptionToday],
    ['customer.subscription.updated', 'subscription.updated', subscriptionToday],
    ['customer.subscription.deleted', 'subscription.deleted', subscriptionToday],
    ['customer.subscription.paused', 'subscription.updated', subscriptionToday],
    ['customer.subscription.resumed', 'subscription.updated', subscriptionToday],
    ['customer.subscription.trial_will_end', 'subscription.trial_will_end', subscriptionToday],
    ['customer.subscription.pending_update_applied', 'subscription.updated', subscriptionToday],
    ['customer.subscription.pending_update_expired', 'subscription.updated', subscriptionToday],
    ['invoice.created', 'invoice.created', invoiceToday],
    ['invoice.finalized', 'invoice.finalized', invoiceToday],
    ['invoice.updated', 'invoice.updated', invoiceToday],
    ['invoice.paid', 'invoice.paid', invoiceToday],
    ['invoice.payment_succeeded', 'invoice.paid', invoiceToday],
    ['invoice.payment_failed', 'invoice.payment_failed', invoiceToday],
    ['invoice.payment_action_required', 'invoice.payment_action_required', invoiceToday],
    ['invoice.voided', 'invoice.voided', invoiceToday],
    ['invoice.marked_uncollectible', 'invoice.uncollectible', invoiceToday],
    ['invoice.overdue', 'invoice.updated', invoiceToday],
    ['invoice.overpaid', 'invoice.updated', invoiceToday],
    ['invoice.finalization_failed', 'invoice.updated', invoiceToday],
    ['invoice.payment_attempt_required', 'invoice.updated', invoiceToday],
    ['invoice.deleted', 'invoice.voided', invoiceToday],
    ['refund.created', 'refund.changed', refundToday],
    ['refund.updated', 'refund.changed', refundToday],
    ['refund.failed', 'refund.changed', refundToday],
    ['charge.refund.updated', 'refund.changed', refundToday],
    ['checkout.session.completed', 'checkout.completed', checkoutSession],
    ['checkout.session.async_payment_succeeded', 'checkout.completed', checkoutSession],
    ['checkout.session.async_payment_failed', 'checkout.failed', checkoutSession],
    ['checkout.session.expired', 'checkout.expired', checkoutSession],
  ] as const)('reads %s as %s', (type, kind, object) => {
    expect(normalize(snapshotEvent(type, object()))).toMatchObject({
      kind,
      observedAt,
      refs: { reference: sampleReference },
    })
  })

  it('reads a subscription event the same, whether its payload is of today or from before basil', () => {
    const type = 'customer.subscription.updated'
    const today = normalize(snapshotEvent(type, subscriptionToday()))
    expect(normalize(snapshotEvent(type, subscriptionBeforeBasil(), { api_version: '2024-06-20' }))).toEqual(today)
    expect(today).toMatchObject({ refs: { externalSubscriptionId: 'sub_1', externalCustomerId: 'cus_1' } })
  })

  it('reads an invoice event the same, whether its payload is of today or from before basil', () => {
    const today = normalize(snapshotEvent('invoice.paid', invoiceToday()))
    expect(normalize(snapshotEvent('invoice.paid', invoiceBeforeBasil(), { api_version: '2024-06-20' }))).toEqual(today)
    expect(today).toMatchObject({ refs: { externalInvoiceId: 'in_1', externalSubscriptionId: 'sub_1' } })
  })

  it.each(['radar.early_fraud_warning.created', 'invoice.upcoming', 'constructor', 'v1.invoice.paid'])(
    'ignores %s and says why',
    (type) => {
      expect(normalize(snapshotEvent(type, {}))).toEqual({ kind: 'ignored', reason: `unknown type ${type}` })
    },
  )

  it('keeps a completed checkout whose slow payment is still clearing in processing, and ends it when that fails', () => {
    const unpaid = checkoutSession({ payment_status: 'unpaid' })
    const status = (type: string, object: Wire) => normalize(snapshotEvent(`checkout.session.${type}`, object))
    expect(status('completed', unpaid)).toMatchObject({
      kind: 'checkout.completed',
      snapshot: { status: 'processing' },
    })
    expect(status('async_payment_failed', unpaid)).toMatchObject({
      kind: 'checkout.failed',
      snapshot: { status: 'expired' },
    })
    expect(status('async_payment_succeeded', checkoutSession())).toMatchObject({ snapshot: { status: 'complete' } })
    expect(status('completed', checkoutSession({ payment_status: 'no_payment_required' }))).toMatchObject({
      snapshot: { status: 'complete' },
    })
  })

  it('takes one-off checkouts and invoices without a subscription as normal input', () => {
    const session = checkoutSession({ mode: 'payment', subscription: null, customer: null, metadata: {} })
    expect(normalize(snapshotEvent('checkout.session.completed', session))).toMatchObject({
      refs: { externalSessionId: 'cs_1', reference: {} },
      snapshot: { externalSubscriptionId: null, externalCustomerId: null },
    })
    const invoice = normalize(snapshotEvent('invoice.paid', invoiceToday({ parent: null, billing_reason: 'manual' })))
    expect(invoice).toMatchObject({ snapshot: { externalSubscriptionId: null, billingReason: 'manual' } })
    expect(invoice).not.toHaveProperty('refs.externalSubscriptionId')
  })

  it('says a part payment updated the invoice, not that it is paid', () => {
    const open = invoiceToday({ status: 'open', payments: undefined })
    expect(normalize(snapshotEvent('invoice.payment_succeeded', open))).toMatchObject({ kind: 'invoice.updated' })
  })

  it('asks to read again what Stripe cut short, without a snapshot made of the rest', () => {
    const cut = { object: 'list', data: [], has_more: true }
    for (const [type, object] of [
      ['customer.subscription.updated', subscriptionToday({ items: cut })],
      ['invoice.paid', invoiceToday({ lines: cut })],
    ] as const) {
      const event = normalize(snapshotEvent(type, object))
      expect(event).toMatchObject({ reread: 'truncated' })
      expect(event).not.toHaveProperty('snapshot')
    }
  })

  it('asks to read again what lives on a test clock', () => {
    const type = 'customer.subscription.updated'
    const event = normalize(snapshotEvent(type, subscriptionToday({ test_clock: 'clock_1' })))
    expect(event).toMatchObject({ reread: 'incomparable_clock', snapshot: { externalSubscriptionId: 'sub_1' } })
    expect(normalize(snapshotEvent(type, subscriptionToday()))).not.toHaveProperty('reread')
  })

  it('turns thin events into requests to read again, by type or else by what they are about', () => {
    expect(normalize(thinEvent('v1.invoice.paid', { id: 'in_1', type: 'invoice' }))).toEqual({
      kind: 'invoice.paid',
      refs: { externalInvoiceId: 'in_1' },
      observedAt: new Date('2025-10-09T08:56:40Z'),
      reread: 'thin',
    })
    expect(
      normalize(thinEvent('v1.customer.subscription.past_due', { id: 'sub_1', type: 'subscription' })),
    ).toMatchObject({ kind: 'subscription.updated', refs: { externalSubscriptionId: 'sub_1' }, reread: 'thin' })
    expect(
      normalize(thinEvent('v1.checkout.session.completed', { id: 'cs_1', type: 'checkout.session' })),
    ).toMatchObject({
      kind: 'checkout.completed',
      refs: { externalSessionId: 'cs_1' },
    })
    expect(normalize(thinEvent('v1.customer.deleted', { id: 'cus_1', type: 'customer' }))).toMatchObject({
      snapshot: { externalCustomerId: 'cus_1', deleted: true },
    })
  })

  it('ignores thin events about what is not kept', () => {
    for (const event of [
      thinEvent('v2.core.event_destination.ping', null),
      thinEvent('v1.billing.meter.error_report_triggered', { id: 'mtr_1', type: 'billing.meter' }),
      thinEvent('v1.customer.updated', { id: 'cus_1', type: 'customer' }),
      thinEvent('v1.refund.updated', { id: 're_1', type: 'refund' }),
      thinEvent('v1.charge.dispute.created', { id: 'du_1', type: 'dispute' }),
      thinEvent('v1.invoice.deleted', { id: 'in_1', type: 'invoice' }),
      thinEvent('v1.invoice_payment.paid', { id: 'inpay_1', type: 'invoice_payment' }),
    ]) {
      expect(normalize(event)).toMatchObject({ kind: 'ignored' })
    }
  })

  it('reads customers, and a deleted one as deleted though its payload does not say so', () => {
    const object = {
      id: 'cus_1',
      object: 'customer',
      email: 'a@example.test',
      name: null,
      currency: 'eur',
      metadata: {},
    }
    const expected = {
      externalCustomerId: 'cus_1',
      email: 'a@example.test',
      name: null,
      currency: 'EUR',
      reference: {},
    }
    expect(normalize(snapshotEvent('customer.updated', object))).toMatchObject({
      snapshot: { ...expected, deleted: false },
    })
    expect(normalize(snapshotEvent('customer.deleted', object))).toMatchObject({
      snapshot: { ...expected, deleted: true },
    })
  })

  it.each([
    [
      'a live subscription without a period',
      'customer.subscription.updated',
      subscriptionToday({ items: { data: [] } }),
    ],
    ['a status nobody knows', 'customer.subscription.updated', subscriptionToday({ status: 'hibernating' })],
    ['an invoice without amounts', 'invoice.paid', { id: 'in_1', object: 'invoice', customer: 'cus_1' }],
    ['a refund of nothing known', 'refund.created', refundToday({ payment_intent: null, charge: null })],
    ['a refund that is something new', 'refund.updated', refundToday({ status: 'hovering' })],
    ['a dispute that is something new', 'charge.dispute.updated', disputeToday({ status: 'hovering' })],
    ['an invoice in no currency', 'invoice.paid', invoiceToday({ currency: 'zzq' })],
  ])('refuses to guess: %s is malformed', (_, type, object) => {
    expect(malformation(snapshotEvent(type, object))).toMatchObject({
      code: 'malformed_payload',
      provider: 'stripe-eu',
    })
  })
})
