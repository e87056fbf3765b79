import { createHmac } from 'node:crypto'
import type { Fixture } from './fixture.ts'
import { invoice, itemId, subscription } from './stripe-objects.ts'

/** Invented Stripe events of 3 to 6 KB in the shape of API 2026-10-28.endive: `customer.subscription.updated` and `invoice.paid` in turn. */
export interface BenchEvent {
  id: string
  type: string
  created: number
  data: { object: Record<string, unknown> }
}

/** Event n of a bench. Every organization gets both types, one pass after the other, and each of its updates changes the quantity. */
export function eventAt(fixture: Fixture, n: number): BenchEvent {
  const account = n % fixture.accounts.length
  const pass = Math.floor(n / fixture.accounts.length)
  const created = fixture.baseSeconds + n
  return (account + pass) % 2 === 0
    ? envelope(n, 'customer.subscription.updated', created, subscription(fixture, account, 2 + (pass % 7)), {
        previous_attributes: { quantity: 1, items: { data: [{ id: itemId(account), quantity: 1 }] } },
      })
    : envelope(n, 'invoice.paid', created, invoice(fixture, account, n))
}

/** The first contact: how an account's subscription became known, before event 0. */
export const firstEventOf = (fixture: Fixture, account: number): BenchEvent =>
  envelope(-1 - account, 'customer.subscription.created', fixture.baseSeconds - 1, subscription(fixture, account, 1))

/** Scheme: docs.stripe.com/webhooks/signatures. */
export function signatureOf(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

const envelope = (n: number, type: string, created: number, object: Record<string, unknown>, more: object = {}) => ({
  id: `evt_1QbenchEvent${n < 0 ? `First${-n}` : n}`,
  object: 'event',
  api_version: '2026-10-28.endive',
  context: null,
  created,
  data: { object, ...more },
  livemode: false,
  pending_webhooks: 1,
  request: { id: `req_Qbench${n}`, idempotency_key: `bench-${n}` },
  type,
})
