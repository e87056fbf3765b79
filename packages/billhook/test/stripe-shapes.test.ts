import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryOptions } from '../src/testing/stripe-emulator/index.ts'
import { cards, openStripeShop, type StripeShop, shopFor } from './support/stripe-shop.ts'

/** Bought, failed at renewal, paid late, moved to another plan, set to end. */
async function live(shop: StripeShop, options: DeliveryOptions): Promise<void> {
  await shop.pay(cards.failsLater)
  await shop.deliver(options)
  shop.advance('P1M1D')
  await shop.deliver(options)
  shop.emulator.replaceCard('cus_emu_000001', cards.pays)
  shop.advance('P3D')
  await shop.deliver(options)
  await shop.manage('change_plan', { price_id: 'business-monthly', proration: 'immediate' })
  await shop.deliver(options)
  await shop.manage('cancel')
  await shop.deliver(options)
}

/** BillingEvents without what differs from run to run: our own ids, and the emulator's port. */
async function facts(shop: StripeShop): Promise<string[]> {
  const events = await shop.told()
  return events.map(({ type, sequence, occurred_at, data }) =>
    JSON.stringify([type, sequence, occurred_at, data])
      .replaceAll(shop.emulator.baseUrl, 'https://stripe')
      .replace(/(bh[a-z]+)_[0-9a-f]{32}/g, '$1'),
  )
}

describe('Events in the shape of 2024-06-20', () => {
  let today: StripeShop
  beforeAll(async () => {
    today = await openStripeShop()
    await live(today, {})
  })
  afterAll(() => today.close())

  it("leave the same rows and the same BillingEvents as today's", async () => {
    const before = await shopFor()
    await live(before, { render: (event) => before.emulator.toLegacyShape(event) })
    expect(await before.portrait()).toEqual(await today.portrait())
    expect(await facts(before)).toEqual(await facts(today))
    const paymentIntents = ['pi_emu_000003', 'pi_emu_000002', 'pi_emu_000001']
    expect((await before.invoices()).map((invoice) => invoice.stripe_payment_intent_id)).toEqual(paymentIntents)
    expect(await before.alerts()).toEqual([])
  })

  it("may arrive as twins of events in today's shape, and say nothing new", async () => {
    const told = await facts(today)
    const rows = await today.portrait()
    const twins = today.emulator.events.map((event) => ({ ...event, id: `${event.id}_twin` }))
    await today.deliver({ events: twins, render: (event) => today.emulator.toLegacyShape(event) })
    expect(await facts(today)).toEqual(told)
    expect(await today.portrait()).toEqual(rows)
    expect(await today.alerts()).toEqual([])
  })
})
