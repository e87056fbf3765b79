import { expect, it } from 'vitest'
import { importAccount } from '../src/domain/imports/index.ts'
import { tokenOf } from '../src/testing/paypal-emulator/test-account.ts'
import { type PaypalShop, paypalShopFor } from './support/paypal-shop.ts'

const plan = {
  name: 'Old plan',
  product_id: 'OLDPRODUCT',
  billing_cycles: [
    {
      ...{ tenure_type: 'REGULAR', sequence: 1, total_cycles: 0 },
      frequency: { interval_unit: 'MONTH', interval_count: 1 },
      pricing_scheme: { fixed_price: { currency_code: 'EUR', value: '15.00' } },
    },
  ],
  payment_preferences: { payment_failure_threshold: 2 },
}

/** A subscription that somebody else's program made, with its own text where ours has ids. */
async function subscribedElsewhere({ emulator }: PaypalShop, sold: object = plan): Promise<string> {
  const token = await tokenOf(emulator)
  const make = async (path: string, body: object): Promise<string> => {
    const response = await fetch(`${emulator.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`${path} answered ${JSON.stringify(answer)}`)
    return String(Reflect.get(Object(answer), 'id'))
  }
  await make('/v1/catalogs/products', { id: 'OLDPRODUCT', name: 'Old product', type: 'SERVICE' })
  const id = await make('/v1/billing/subscriptions', {
    plan_id: await make('/v1/billing/plans', sold),
    custom_id: 'user-17',
    application_context: { return_url: 'https://old.example.test/ok', cancel_url: 'https://old.example.test/no' },
  })
  emulator.approve(id)
  emulator.clock.advance('P32D')
  return id
}

it('a subscription made at PayPal by another program moves in, and its next sale is a bill of ours', async () => {
  const shop = await paypalShopFor()
  const id = await subscribedElsewhere(shop)
  shop.billing.clock.set(shop.emulator.clock.now())
  // What was told before nobody heard.
  shop.emulator.signed()
  const customerMap = new Map([[`paypal_${id}`, shop.organization]])
  const report = await importAccount(shop.billing.ctx, { provider: 'paypal', dryRun: false, customerMap })
  expect(report.problems).toEqual([])
  expect(await shop.current()).toMatchObject({ external_subscription_id: id, status: 'active', provider: 'paypal' })
  expect((await shop.invoices()).map(({ status, total }) => [status, total])).toEqual([
    ['paid', 1500],
    ['paid', 1500],
  ])
  await shop.advance('P30D')
  expect(await shop.invoices()).toHaveLength(3)
  expect((await shop.inbox()).filter(({ status }) => status !== 'processed')).toEqual([])
})

it('a setup fee that another program charged, with tax on every cycle, is a bill beside those of the cycles', async () => {
  const shop = await paypalShopFor()
  const setup_fee = { currency_code: 'EUR', value: '5.00' }
  const payment_preferences = { ...plan.payment_preferences, setup_fee }
  const taxes = { percentage: '7.7', inclusive: false }
  const id = await subscribedElsewhere(shop, { ...plan, payment_preferences, taxes })
  shop.billing.clock.set(shop.emulator.clock.now())
  shop.emulator.signed()
  const customerMap = new Map([[`paypal_${id}`, shop.organization]])
  await importAccount(shop.billing.ctx, { provider: 'paypal', dryRun: false, customerMap })
  const seen = (await shop.invoices()).map(({ external_invoice_id, subtotal, tax, total, status }) => [
    external_invoice_id.slice(id.length + 1, id.length + 6),
    ...[subtotal, tax, total, status],
  ])
  // 7.7 % of 15.00 is 1.155: what PayPal takes is what is billed.
  const cycle = ['cycle', 1500, 116, 1616, 'paid']
  expect(seen.toSorted()).toEqual([cycle, cycle, ['setup', 500, 0, 500, 'paid']])
  expect(await shop.billing.reconcile({ provider: 'paypal' })).toMatchObject({ found: { total: 0 } })
})
