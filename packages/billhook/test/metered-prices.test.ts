import { beforeEach, describe, expect, it } from 'vitest'
import type { BillingService } from '../src/index.ts'
import { type PlanJson, type StripeShop, shopFor } from './support/stripe-shop.ts'

let shop: StripeShop
beforeEach(async () => {
  // As long as Stripe leaves a bill open for what was used in the last minutes of its period.
  shop = await shopFor({ account: { draftSeconds: 3600 } })
  for (const [key, aggregation] of [
    ['calls', 'count'],
    ['tokens', 'sum'],
    ['seats', 'last'],
  ] as const)
    await shop.billing.createMeter({ key, aggregation })
  await makePlan('metered', [
    { key: 'metered-monthly', ...monthly, amount: 1000 },
    { key: 'metered-calls', ...monthly, meter: 'calls', unit_amount_decimal: '2.50' },
    { key: 'metered-tokens', ...monthly, meter: 'tokens', unit_amount_decimal: '0.0015' },
  ])
})

const monthly = { currency: 'EUR', interval: 'month' }
const makePlan = async (key: string, prices: object[]): Promise<PlanJson> => {
  const { id } = (await shop.call<PlanJson>('POST', '/plans/', { key, name: key, prices }, null)).json
  return (await shop.call<PlanJson>('POST', `/plans/${id}/publish/`, { provider: 'stripe' }, null)).json
}
const buy = async (price = 'metered-monthly') => {
  const bought = await shop.pay(undefined, price)
  await shop.deliver()
  return bought
}
const use = (...events: Parameters<BillingService['recordUsage']>[0]['events']) =>
  shop.billing.recordUsage({ organizationId: shop.organization, events })
let sent = 0
const calls = (count: number) => use(...Array.from({ length: count }, () => ({ id: `call-${++sent}`, meter: 'calls' })))
/** Reports that are due, and whatever else is. */
const later = async (minutes = 15): Promise<void> => {
  shop.advance(minutes * 60_000)
  await shop.deliver()
}
const reported = (meter: string): string[] =>
  [...shop.emulator.state.meterEvents.values()]
    .filter(({ event_name }) => event_name === meter)
    .map(({ payload }) => payload.value ?? '')

describe('a metered price', () => {
  it('is published with its meter, once, and bought along with the other prices of its plan, without a quantity', async () => {
    await makePlan('other', [{ key: 'other-calls', ...monthly, meter: 'calls', unit_amount_decimal: '3' }])
    const { meters, prices } = shop.emulator.state
    expect([...meters.values()].map(({ event_name }) => event_name)).toEqual(['calls', 'tokens'])
    const tokens = [...prices.values()].find(({ nickname }) => nickname === 'metered-tokens')
    expect(tokens).toMatchObject({ unit_amount_decimal: '0.0015', recurring: { usage_type: 'metered' } })
    await buy()
    const { items, price_key } = await shop.current()
    expect(price_key).toBe('metered-monthly')
    expect(items.map((item) => [item.price_key, item.quantity])).toEqual([
      ['metered-monthly', 1],
      ['metered-calls', null],
      ['metered-tokens', null],
    ])
  })

  it('is reported in order and once, and billed with the end of the period, what was used in its last minutes too', async () => {
    await buy()
    await calls(3)
    await use({ id: 'a', meter: 'tokens', quantity: 100_000.5 })
    await later()
    await later()
    await calls(2)
    await later()
    expect(reported('calls')).toEqual(['3', '2'])
    expect(reported('tokens')).toEqual(['100000.5'])
    // Five minutes are left of the period.
    shop.advance(Date.parse('2026-03-31T23:55:00Z') - shop.billing.clock.now().getTime())
    await calls(4)
    await later()
    await calls(1)
    await later(90)
    const [renewal] = await shop.invoices()
    const lines = renewal?.lines.map(({ price_id, quantity, amount }) => [price_id === null, quantity, amount])
    // 9 calls at 2.50 are 22.5, and 100,000.5 tokens at 0.0015 are 150.00075: each is rounded once.
    expect(lines).toEqual([
      [false, 9, 23],
      [false, 100_001, 150],
      [false, 1, 1000],
    ])
    expect(renewal).toMatchObject({ status: 'paid', total: 1173, billing_reason: 'subscription_cycle' })
    expect((await shop.current()).paid_through_at).toBe('2026-05-01T00:00:00.000Z')
    expect(reported('calls')).toEqual(['3', '2', '4', '1'])
  })

  it('bills nothing that was used before its plan was bought, and reports the rest after the end, once', async () => {
    await calls(50)
    shop.advance('P1D')
    await buy()
    await calls(2)
    shop.advance(1_000)
    await shop.manage('cancel', { at_period_end: false })
    await later()
    await calls(7)
    await later()
    await later()
    expect(reported('calls')).toEqual(['2'])
    const [due] = await shop.rows(
      `select count(*)::int as open from billhook.subscription_items where quantity is null and usage_due_at < '9999-01-01'`,
    )
    expect(due).toEqual({ open: 0 })
  })

  it('bills nothing from before its item was there, though the period began earlier', async () => {
    await buy('pro-monthly')
    await calls(50)
    shop.advance('P1D')
    await shop.manage('change_plan', { price_id: 'metered-monthly' })
    await shop.deliver()
    await calls(2)
    await later()
    expect(reported('calls')).toEqual(['2'])
    shop.advance('P1M')
    await shop.deliver()
    await calls(3)
    await later()
    expect(reported('calls')).toEqual(['2', '3'])
  })

  it('is reported once, though two subscriptions of other periods bill it, and goes on when one of them has ended', async () => {
    await shop.billing.createPlan({
      ...{ key: 'extra', name: 'Extra', productLine: 'extra' },
      prices: [
        { key: 'extra-monthly', currency: 'EUR', interval: 'month', amount: 100 },
        { key: 'extra-calls', currency: 'EUR', interval: 'month', meter: 'calls', unitAmountDecimal: '1' },
      ],
    })
    await shop.billing.publishPlan({ planId: 'extra', provider: 'stripe' })
    await buy()
    await calls(1)
    shop.advance('P10D')
    await buy('extra-monthly')
    const days = 50
    for (let day = 1; day <= days; day++) {
      await calls(1)
      await later(1_440)
      if (day === 30) await shop.manage('cancel', { at_period_end: false })
    }
    await later()
    const total = reported('calls').reduce((sum, value) => sum + Number(value), 0)
    expect(total).toBe(1 + days)
  })

  it('is reported once where a period turns out to have begun before the last report', async () => {
    await buy()
    await calls(1)
    await later()
    await calls(2)
    await later()
    const begun = new Date(shop.billing.clock.now().getTime() - 20 * 60_000).toISOString()
    await shop.rows(`update billhook.subscriptions set current_period_start = '${begun}'`)
    await calls(4)
    await later()
    await later()
    expect(reported('calls')).toEqual(['1', '2', '4'])
  })

  it('bills nothing of a trial', async () => {
    await makePlan('tried', [
      { key: 'tried-monthly', ...monthly, amount: 1000, trial_days: 14 },
      { key: 'tried-calls', ...monthly, meter: 'calls', unit_amount_decimal: '2' },
    ])
    await buy('tried-monthly')
    await calls(50)
    await later()
    shop.advance('P14D')
    await shop.deliver()
    await calls(2)
    await later()
    expect((await shop.current()).status).toBe('active')
    expect(reported('calls')).toEqual(['2'])
  })

  it('goes on where a process was killed, and says what was not said', async () => {
    await buy()
    await calls(3)
    shop.advance(60_000)
    const { usage } = shop.billing.providers.getProvider('stripe')
    if (!usage) throw new Error('Stripe takes usage')
    const { reportUsage } = usage
    usage.reportUsage = async (...input) => {
      await reportUsage(...input)
      throw new Error('killed')
    }
    await later()
    usage.reportUsage = reportUsage
    await calls(2)
    await later()
    await later()
    await later()
    expect(reported('calls')).toEqual(['3', '2'])
    expect(
      (await shop.alerts()).filter(({ kind, resolved_at }) => kind === 'usage_not_reported' && !resolved_at),
    ).toEqual([])
  })

  it('changes with the plan: what both plans bill keeps its item, the rest comes and goes', async () => {
    await makePlan('bigger', [
      { key: 'bigger-monthly', ...monthly, amount: 5000 },
      { key: 'bigger-calls', ...monthly, meter: 'calls', unit_amount_decimal: '1' },
    ])
    await buy()
    const before = (await shop.current()).items
    expect((await shop.manage('change_plan', { price_id: 'bigger-monthly' })).status).toBe(200)
    await shop.deliver()
    const after = (await shop.current()).items
    expect(after.map(({ price_key }) => price_key)).toEqual(['bigger-monthly', 'bigger-calls'])
    expect(after.map((item) => item.external_item_id)).toEqual(before.slice(0, 2).map((item) => item.external_item_id))
    await shop.manage('change_plan', { price_id: 'pro-monthly' })
    await shop.deliver()
    expect((await shop.current()).items.map(({ price_key }) => price_key)).toEqual(['pro-monthly'])
    await shop.manage('change_plan', { price_id: 'metered-monthly' })
    await shop.deliver()
    expect((await shop.current()).items.map(({ price_key }) => price_key)).toEqual([
      'metered-monthly',
      'metered-calls',
      'metered-tokens',
    ])
  })

  it('cannot be bought by itself, nor be one of a level, nor half of one', async () => {
    expect(await shop.checkout('metered-calls')).toMatchObject({ status: 422, json: { code: 'metered_price' } })
    const tried = async (price: object) =>
      (
        await shop.call<{ code: string }>(
          'POST',
          '/plans/',
          { key: 'wrong', name: 'w', prices: [{ key: 'w', ...monthly, ...price }] },
          null,
        )
      ).json.code
    expect(await tried({ meter: 'seats', unit_amount_decimal: '1' })).toBe('not_billable')
    expect(await tried({ meter: 'nothing', unit_amount_decimal: '1' })).toBe('unknown_meter')
    for (const wrong of [
      { meter: 'calls' },
      { meter: 'calls', amount: 100, unit_amount_decimal: '1' },
      { meter: 'calls', unit_amount_decimal: '-1' },
      { meter: 'calls', unit_amount_decimal: '1e3' },
      { meter: 'calls', unit_amount_decimal: '0.0000000000001' },
      { meter: 'calls', unit_amount_decimal: '1', trial_days: 7 },
      { amount: 100, unit_amount_decimal: '1' },
      {},
    ])
      expect(await tried(wrong), JSON.stringify(wrong)).toBe('invalid_price')
  })

  it('is never edited: another amount, or another meter, is a successor', async () => {
    const edit = (price: object) =>
      shop.call<{ code: string }>(
        'PATCH',
        '/plans/metered/',
        { prices: [{ key: 'metered-calls', ...monthly, ...price }] },
        null,
      )
    expect((await edit({ meter: 'calls', unit_amount_decimal: '2.5' })).status).toBe(200)
    for (const other of [
      { meter: 'calls', unit_amount_decimal: '2.51' },
      { meter: 'tokens', unit_amount_decimal: '2.5' },
      { amount: 250 },
    ])
      expect(await edit(other)).toMatchObject({ status: 409, json: { code: 'price_in_use' } })
    const [meter] = await shop.platformRows(`select id from billhook.meters where key = 'tokens'`)
    for (const set of [`unit_amount_decimal = 9`, `meter_id = '${meter?.id}'`])
      await expect(
        shop.platformRows(`update billhook.prices set ${set} where key = 'metered-calls'`),
      ).rejects.toMatchObject({ cause: { constraint: 'prices_immutable' } })
  })
})
