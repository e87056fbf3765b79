import { describe, expect, it } from 'vitest'
import { normalizeWebhook } from './normalize-webhook.ts'
import { euros, subscriptionJson } from './testing/sample-objects.ts'
import { readEvent } from './webhook-event.ts'

const toldAt = new Date('2026-03-01T10:14:00Z')

function read(event_type: string, resource: object, id = 'WH-1') {
  const text = JSON.stringify({ id, event_type, create_time: toldAt.toISOString(), resource })
  return readEvent(new TextEncoder().encode(text), { mode: 'test', sentAt: toldAt })
}
const meaning = (event_type: string, resource: object) => normalizeWebhook(read(event_type, resource), 'paypal')
const kinds = (event_type: string, resource: object = subscriptionJson()) =>
  meaning(event_type, resource).map(({ kind }) => kind)

/** The old API's shape, as PayPal still sends it for subscriptions. */
const sale = (more: object = {}) => ({
  ...{ id: '8F148933LY9388354', state: 'completed', billing_agreement_id: 'I-1', custom: 'bh:o=bhorg_1' },
  ...{ create_time: '2026-03-01T10:13:00Z', transaction_fee: { value: '1.5', currency: 'EUR' } },
  amount: { total: '58.31', currency: 'EUR', details: { subtotal: '49.0', tax: '9.31' } },
  ...more,
})

describe('an event of a subscription', () => {
  it.each([
    ['ACTIVATED', ['checkout.completed', 'subscription.created']],
    ['RE-ACTIVATED', ['checkout.completed', 'subscription.created']],
    ['RENEWED', ['subscription.updated']],
    ['UPDATED', ['subscription.updated']],
    ['SUSPENDED', ['subscription.updated']],
    ['CANCELLED', ['subscription.deleted']],
    ['EXPIRED', ['subscription.deleted']],
    ['CREATED', ['ignored']],
  ])('%s is told as %j, and read again at PayPal', (verb, expected) => {
    const told = meaning(`BILLING.SUBSCRIPTION.${verb}`, subscriptionJson())
    expect(told.map(({ kind }) => kind)).toEqual(expected)
    for (const event of told) {
      if (event.kind === 'ignored') continue
      expect(event).toMatchObject({
        reread: 'thin',
        observedAt: toldAt,
        refs: { externalCustomerId: 'paypal_bhorg_1' },
      })
      expect(event).not.toHaveProperty('snapshot')
    }
  })

  it('of a failed payment tells the attempt too, under a name that is the same each time', () => {
    const last_failed_payment = {
      ...{ amount: euros('58.31'), time: '2026-03-01T10:13:00Z', reason_code: 'PAYER_CANNOT_PAY' },
      next_payment_retry_time: '2026-03-06T10:00:00Z',
    }
    const failure = subscriptionJson({ info: { last_failed_payment } })
    const [, told] = meaning('BILLING.SUBSCRIPTION.PAYMENT.FAILED', failure)
    expect(kinds('BILLING.SUBSCRIPTION.PAYMENT.FAILED', failure)).toEqual(['subscription.updated', 'charge.changed'])
    expect(told).toMatchObject({
      snapshot: {
        externalPaymentId: 'I-1/failed/2026-03-01',
        status: 'failed',
        amount: 5831,
        declineCode: 'PAYER_CANNOT_PAY',
        nextAttemptAt: new Date('2026-03-06T10:00:00Z'),
      },
    })
  })

  it('of a failed payment that does not say which still asks for the subscription', () => {
    expect(kinds('BILLING.SUBSCRIPTION.PAYMENT.FAILED')).toEqual(['subscription.updated'])
  })
})

describe('a sale', () => {
  it('is a charge of its subscription, with its tax, and asks what the subscription has become', () => {
    const [charge, update] = meaning('PAYMENT.SALE.COMPLETED', sale())
    expect(charge).toMatchObject({
      kind: 'charge.changed',
      refs: { externalSubscriptionId: 'I-1', externalCustomerId: 'paypal_bhorg_1' },
      snapshot: {
        externalPaymentId: '8F148933LY9388354',
        status: 'succeeded',
        amount: 5831,
        tax: 931,
        currency: 'EUR',
        amountRefunded: 0,
        attemptedAt: new Date('2026-03-01T10:13:00Z'),
      },
    })
    expect(update).toMatchObject({ kind: 'subscription.updated', reread: 'thin' })
  })

  it.each([
    ['PENDING', 'pending', 'processing'],
    ['DENIED', 'denied', 'failed'],
  ])('that is %s is %s', (verb, state, status) => {
    expect(meaning(`PAYMENT.SALE.${verb}`, sale({ state }))[0]).toMatchObject({ snapshot: { status } })
  })

  it('that was held and is let go is the same charge', () => {
    const [held] = meaning(
      'PAYMENT.SALE.COMPLETED',
      sale({ payment_hold_status: 'HELD', payment_hold_reasons: ['NEW'] }),
    )
    const [released] = meaning('PAYMENT.SALE.COMPLETED', sale({ payment_hold_status: 'RELEASED' }))
    expect(released).toEqual(held)
  })

  it('of a subscription from elsewhere belongs to that subscription’s own customer', () => {
    const [charge] = meaning('PAYMENT.SALE.COMPLETED', sale({ custom: 'order 17' }))
    expect(charge).toMatchObject({ refs: { externalCustomerId: 'paypal_I-1', reference: {} } })
  })

  it('of no subscription is ignored with a reason', () => {
    expect(meaning('PAYMENT.SALE.COMPLETED', sale({ billing_agreement_id: undefined }))).toMatchObject([
      { kind: 'ignored', reason: expect.stringContaining('no subscription') },
    ])
  })

  it('dated by nonsense is dated by its event', () => {
    const [charge] = meaning('PAYMENT.SALE.COMPLETED', sale({ create_time: '+58246-01-01T00:00:00Z' }))
    expect(charge).toMatchObject({ snapshot: { attemptedAt: toldAt } })
  })
})

describe('money that went back', () => {
  const back = { id: 'R-1', state: 'completed', amount: { total: '-10.00', currency: 'EUR' }, custom: 'bh:o=bhorg_1' }

  it('is a refund of its sale, as a positive amount', () => {
    expect(meaning('PAYMENT.SALE.REFUNDED', { ...back, sale_id: '8F1' })).toMatchObject([
      {
        kind: 'refund.changed',
        refs: { externalPaymentId: '8F1', externalCustomerId: 'paypal_bhorg_1' },
        snapshot: { externalRefundId: 'R-1', externalPaymentId: '8F1', amount: 1000, status: 'succeeded' },
      },
    ])
  })

  it('by a reversal is about the sale that the event holds, or the one that it names', () => {
    const held = sale({ state: 'reversed', amount: { total: '-58.31', currency: 'EUR' } })
    expect(meaning('PAYMENT.SALE.REVERSED', held)).toMatchObject([
      {
        snapshot: {
          externalRefundId: '8F148933LY9388354/reversed',
          externalPaymentId: '8F148933LY9388354',
          reason: 'reversed',
        },
      },
    ])
    expect(meaning('PAYMENT.SALE.REVERSED', { ...back, sale_id: '8F1' })).toMatchObject([
      { snapshot: { externalRefundId: 'R-1', externalPaymentId: '8F1' } },
    ])
  })

  it('of nobody knows which sale is not guessed at', () => {
    expect(() => meaning('PAYMENT.SALE.REFUNDED', back)).toThrow('no sale')
  })
})

describe('a dispute', () => {
  const dispute = (more: object) => ({
    ...{ dispute_id: 'PP-D-1', reason: 'UNAUTHORISED', status: 'OPEN', dispute_amount: euros('49.00') },
    ...{ create_time: '2026-03-02T00:00:00Z', seller_response_due_date: '2026-03-12T00:00:00Z' },
    disputed_transactions: [{ seller_transaction_id: '8F1', custom: 'bh:o=bhorg_1' }],
    ...more,
  })

  it.each([
    ['OPEN', null, 'needs_response'],
    ['WAITING_FOR_SELLER_RESPONSE', null, 'needs_response'],
    ['WAITING_FOR_BUYER_RESPONSE', null, 'under_review'],
    ['UNDER_REVIEW', null, 'under_review'],
    ['RESOLVED', 'RESOLVED_BUYER_FAVOUR', 'lost'],
    ['RESOLVED', 'ACCEPTED', 'lost'],
    ['RESOLVED', 'RESOLVED_SELLER_FAVOUR', 'won'],
    ['RESOLVED', 'RESOLVED_WITH_PAYOUT', 'won'],
    ['RESOLVED', 'CANCELED_BY_BUYER', 'won'],
  ])('%s with outcome %s is %s', (status, outcome_code, expected) => {
    const resource = dispute({ status, dispute_outcome: { outcome_code } })
    expect(meaning('CUSTOMER.DISPUTE.UPDATED', resource)).toMatchObject([
      {
        kind: 'dispute.changed',
        refs: { externalPaymentId: '8F1', externalCustomerId: 'paypal_bhorg_1' },
        snapshot: { externalDisputeId: 'PP-D-1', status: expected, amount: 4900, currency: 'EUR' },
      },
    ])
  })
})

it.each([
  'PAYMENT.CAPTURE.COMPLETED',
  'PAYMENT.CAPTURE.REFUNDED',
  'CHECKOUT.ORDER.APPROVED',
  'VAULT.PAYMENT-TOKEN.CREATED',
  'BILLING.PLAN.UPDATED',
  'CATALOG.PRODUCT.CREATED',
  'MOON.WAXING',
])('%s is ignored with a reason', (type) => {
  expect(meaning(type, { id: 'X' })).toMatchObject([{ kind: 'ignored', reason: expect.stringMatching(/.{10}/) }])
})

it('a subscription and its sales share a line, whichever event comes first', () => {
  expect(read('PAYMENT.SALE.COMPLETED', sale()).lineKey).toBe('I-1')
  expect(read('BILLING.SUBSCRIPTION.ACTIVATED', subscriptionJson()).lineKey).toBe('I-1')
})
