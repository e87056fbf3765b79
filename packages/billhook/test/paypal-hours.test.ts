import { describe, expect, it } from 'vitest'
import { type PaypalShop, paypalShopFor } from './support/paypal-shop.ts'

/** Around midnight in UTC and in California, where PayPal counts days, and on the last day of a month in one of them. */
const hours = ['2026-12-01T00:07:27Z', '2026-12-01T07:59:00Z', '2026-03-01T09:30:00Z', '2026-03-31T23:30:00Z'] as const

async function addDaily(shop: PaypalShop): Promise<void> {
  const price = { key: 'day', currency: 'EUR', amount: 300, interval: 'day' }
  const plan = { key: 'daily', name: 'Daily', features: { pro: true }, prices: [price] }
  expect(await shop.call('POST', '/plans/', plan, null)).toMatchObject({ status: 201 })
  expect(await shop.call('POST', '/plans/daily/publish/', {}, null)).toMatchObject({ status: 200 })
}

/** Every charge bought a period of its own, one after the other, and nothing is left over. */
async function expectBilled(shop: PaypalShop, amount: number, times: number): Promise<void> {
  const bills = (await shop.invoices()).toReversed()
  expect(bills.map(({ status, total, amount_paid }) => [status, total, amount_paid])).toEqual(
    Array.from({ length: times }, () => ['paid', amount, amount]),
  )
  expect(bills.slice(1).map(({ period_start }) => period_start)).toEqual(
    bills.slice(0, -1).map(({ period_end }) => period_end),
  )
  const { current_period_end, paid_through_at, status } = await shop.current()
  expect({ status, paid_through_at }).toEqual({ status: 'active', paid_through_at: current_period_end })
  expect(bills.at(-1)?.period_end).toBe(current_period_end)
  expect(await shop.alerts()).toEqual([])
}

describe.each(hours)('subscribed at PayPal at %s', (at) => {
  it('every month is charged into a period of its own', async () => {
    const shop = await paypalShopFor({ at })
    await shop.subscribe()
    await expectBilled(shop, 4900, 1)
    await shop.advance('P2D')
    for (const times of [2, 3, 4]) {
      await shop.advance('P1M')
      await expectBilled(shop, 4900, times)
    }
  })

  it('every day is, too', async () => {
    const shop = await paypalShopFor({ at })
    await addDaily(shop)
    await shop.approve({}, 'day')
    await shop.deliver()
    await expectBilled(shop, 300, 1)
    // A first day may be short: the second one is charged at ten.
    await shop.advance('P1D')
    const times = (await shop.invoices()).length
    await shop.advance('P1D')
    await expectBilled(shop, 300, times + 1)
  })

  it('a month that was not paid is owed', async () => {
    const shop = await paypalShopFor({ at })
    await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P1M1D')
    expect(await shop.current()).toMatchObject({ status: 'past_due', access: { allowed: true, reason: 'grace' } })
    expect((await shop.invoices()).map(({ status, amount_remaining }) => [status, amount_remaining])).toEqual([
      ['open', 4900],
      ['paid', 0],
    ])
  })
})
