import { describe, expect, it } from 'vitest'
import type { DeliveryOptions } from '../src/testing/stripe-emulator/index.ts'
import { cards, type StripeShop, shopFor } from './support/stripe-shop.ts'

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

/** BillingEvents without what differs from run to run; what was read again is dated by its reading. */
async function facts(shop: StripeShop): Promise<string[]> {
  const events = await shop.told()
  return events.map(({ type, sequence, data }) =>
    JSON.stringify([type, sequence, data])
      .replaceAll(shop.emulator.baseUrl, 'https://stripe')
      .replace(/(bh[a-z]+)_[0-9a-f]{32}/g, '$1'),
  )
}

describe('Events in the shape of 2024-06-20', () => {
  it("leave the same rows and the same BillingEvents as today's", async () => {
    const [today, before] = [await shopFor(), await shopFor()]
    await live(today, {})
    await live(before, { render: (event) => before.emulator.toLegacyShape(event) })
    expect(await before.portrait()).toEqual(await today.portrait())
    expect(await facts(before)).toEqual(await facts(today))
    expect(await before.invoices()).toHaveLength(3)
    for (const shop of [today, before]) {
      expect((await shop.invoices()).every((invoice) => invoice.stripe_payment_intent_id !== null)).toBe(true)
      expect(await shop.alerts()).toEqual([])
    }
  })

  it("may arrive as twins of events in today's shape, and say nothing new", async () => {
    const shop = await shopFor()
    await live(shop, {})
    const told = await facts(shop)
    const rows = await shop.portrait()
    const twins = shop.emulator.events.map((event) => ({ ...event, id: `${event.id}_twin` }))
    await shop.deliver({ events: twins, render: (event) => shop.emulator.toLegacyShape(event) })
    expect(await facts(shop)).toEqual(told)
    expect(await shop.portrait()).toEqual(rows)
  })
})
