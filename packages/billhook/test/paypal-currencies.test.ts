import { describe, expect, it } from 'vitest'
import { type PaypalShop, paypalShopFor } from './support/paypal-shop.ts'

async function sell(shop: PaypalShop, currency: string, amount: number): Promise<string> {
  const price = { key: 'own', currency, amount, interval: 'month' }
  const plan = { key: 'own', name: 'Own', features: { pro: true }, prices: [price] }
  expect(await shop.call('POST', '/plans/', plan, null)).toMatchObject({ status: 201 })
  const published = await shop.call('POST', '/plans/own/publish/', {}, null)
  expect(published).toMatchObject({ status: 200 })
  return 'own'
}

/** Amounts are ISO minor units: 4,990 HUF are 499000, and 4,990 JPY are 4990. The tax is 27 %, and whole at PayPal. */
describe.each([
  ['HUF', 100, 499_000, 134_700, '6337'],
  ['TWD', 100, 99_900, 27_000, '1269'],
  ['JPY', 1, 4990, 1347, '6337'],
])('a subscription in %s, which has no decimals at PayPal', (currency, unit, amount, tax, atPaypal) => {
  it('is charged, owed, paid on demand and refunded to the last unit', async () => {
    const shop = await paypalShopFor({ paypal: { taxPercentage: '27' } })
    const id = await shop.approve({ funding: 'fails_later' }, await sell(shop, currency, amount))
    await shop.deliver()
    await shop.advance('P45D')
    const total = amount + tax
    const bill = { currency, subtotal: amount, tax, total }
    const bills = async () => (await shop.invoices()).toReversed()
    expect(await bills()).toMatchObject([
      { ...bill, status: 'paid', amount_paid: total },
      { ...bill, status: 'open', amount_remaining: total },
    ])
    expect(
      shop.emulator.events.findLast(({ event_type }) => event_type === 'PAYMENT.SALE.COMPLETED')?.resource,
    ).toMatchObject({
      amount: { total: atPaypal, currency },
    })
    shop.emulator.changeFunding(id, 'pays')
    const open = (await bills()).at(-1)
    expect(await shop.call('POST', `/invoices/${open?.id}/pay/`, {})).toMatchObject({ json: { outcome: 'paid' } })
    await shop.deliver()
    const { json } = await shop.call<{ data: Array<{ id: string; status: string }> }>('GET', '/payments/')
    const payment = json.data.find(({ status }) => status === 'succeeded')
    const giveBack = (part: number) =>
      shop.call('POST', `/payments/${payment?.id}/refund/`, { amount: part, reason: 'requested_by_customer' })
    // Half of PayPal's smallest amount is none.
    for (const part of unit > 1 ? [unit * 1.5] : [])
      expect(await giveBack(part)).toMatchObject({ status: 409, json: { code: 'refund_not_possible' } })
    const part = unit * 500
    expect(await giveBack(part)).toMatchObject({ status: 201 })
    await shop.deliver()
    expect((await bills()).map(({ status, amount_refunded }) => [status, amount_refunded]).toSorted()).toEqual([
      ['paid', 0],
      ['paid', part],
    ])
    expect(await shop.billing.reconcile({ provider: 'paypal' })).toMatchObject({ found: { total: 0 } })
    expect(await shop.alerts()).toEqual([])
  })
})

it('the plan and the quantity change together, once the buyer agreed to both', async () => {
  const shop = await paypalShopFor()
  await shop.subscribe()
  const wish = { price_id: 'business-monthly', quantity: 3, proration: 'none' }
  const { json } = await shop.manage('change_plan', wish)
  expect(json).toMatchObject({ outcome: 'requires_approval', subscription: { plan_key: 'pro', quantity: 1 } })
  shop.emulator.approve(String(Object(json).approval_url))
  await shop.deliver()
  expect(await shop.current()).toMatchObject({ plan_key: 'business', quantity: 3, pending_change: null })
  await shop.advance('P32D')
  expect((await shop.invoices()).map(({ total, status }) => [total, status])).toEqual([
    [29_700, 'paid'],
    [4900, 'paid'],
  ])
})
