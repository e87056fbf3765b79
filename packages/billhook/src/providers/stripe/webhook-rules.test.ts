import { describe, expect, it } from 'vitest'
import type { ProviderEvent } from '../provider-event.ts'
import { normalizeWebhook } from './normalize-webhook.ts'
import {
  disputeToday,
  invoiceBeforeBasil,
  invoiceToday,
  refundToday,
  sampleStart,
  snapshotEvent,
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

describe('events around a payment', () => {
  it.each(['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'])(
    'reads charge.dispute.%s',
    (what) => {
      expect(normalize(snapshotEvent(`charge.dispute.${what}`, disputeToday()))).toMatchObject({
        kind: 'dispute.changed',
        refs: { externalPaymentId: 'pi_1' },
        snapshot: { externalDisputeId: 'du_1', status: 'needs_response' },
      })
    },
  )

  it.each([
    ['warning_needs_response', 'needs_response'],
    ['appeal_needs_response', 'needs_response'],
    ['warning_under_review', 'under_review'],
    ['appeal_under_review', 'under_review'],
    ['warning_closed', 'won'],
    ['prevented', 'won'],
    ['charge_refunded', 'won'],
    ['won', 'won'],
    ['lost', 'lost'],
  ])('calls a dispute that is %s %s', (theirs, ours) => {
    const event = normalize(snapshotEvent('charge.dispute.updated', disputeToday({ status: theirs })))
    expect(event).toMatchObject({ snapshot: { status: ours } })
  })

  it('reads disputes and refunds of old charges, which had no payment intent', () => {
    const charge = { id: 'ch_1', object: 'charge', customer: 'cus_1' }
    const old = disputeToday({ payment_intent: null, charge, evidence_details: { due_by: 0 } })
    expect(normalize(snapshotEvent('charge.dispute.created', old))).toMatchObject({
      snapshot: { externalPaymentId: 'ch_1', externalCustomerId: 'cus_1', respondBy: null },
    })
    const refund = refundToday({ payment_intent: null, charge, customer: undefined, status: null })
    expect(normalize(snapshotEvent('charge.refund.updated', refund))).toMatchObject({
      snapshot: { externalPaymentId: 'ch_1', externalCustomerId: null, status: 'succeeded' },
    })
  })

  it.each([
    ['pending', 'pending'],
    ['requires_action', 'pending'],
    ['succeeded', 'succeeded'],
    ['canceled', 'failed'],
    ['failed', 'failed'],
  ])('calls a refund that is %s %s', (theirs, ours) => {
    const event = normalize(snapshotEvent('refund.updated', refundToday({ status: theirs, failure_reason: 'unknown' })))
    expect(event).toMatchObject({ snapshot: { status: ours, failureMessage: ours === 'failed' ? 'unknown' : null } })
  })

  it('leaves charge.refunded aside, which is the same refund again', () => {
    expect(normalize(snapshotEvent('charge.refunded', { id: 'ch_1' }))).toEqual({
      kind: 'ignored',
      reason: 'the same refund comes as refund.created',
    })
  })

  it('calls a deleted draft void, with nothing left to pay, and never asks to read it again', () => {
    const draft = invoiceToday({ status: 'draft', payments: undefined, amount_remaining: 10000, test_clock: 'clock_1' })
    const event = normalize(snapshotEvent('invoice.deleted', draft))
    expect(event).toMatchObject({
      kind: 'invoice.voided',
      snapshot: { status: 'void', voidedAt: observedAt, amountRemaining: 0 },
    })
    expect(event).not.toHaveProperty('reread')
  })

  it('asks for the invoice whose payment is told', () => {
    const payment = { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', status: 'paid' }
    expect(normalize(snapshotEvent('invoice_payment.paid', payment))).toEqual({
      kind: 'invoice.updated',
      refs: { externalInvoiceId: 'in_1' },
      observedAt,
      reread: 'truncated',
    })
  })

  it('shows what was refunded of an invoice where the payload holds its charge', () => {
    const charge = { id: 'ch_1', object: 'charge', amount_refunded: 2500 }
    const amountRefunded = (object: Wire) => normalize(snapshotEvent('invoice.updated', object))
    expect(amountRefunded(invoiceBeforeBasil({ charge }))).toMatchObject({ snapshot: { amountRefunded: 2500 } })
    const intent = { id: 'pi_1', status: 'succeeded', latest_charge: charge }
    expect(amountRefunded(invoiceBeforeBasil({ charge: 'ch_1', payment_intent: intent }))).toMatchObject({
      snapshot: { amountRefunded: 2500 },
    })
    expect(amountRefunded(invoiceToday())).toMatchObject({ snapshot: { amountRefunded: 0 } })
  })
})
