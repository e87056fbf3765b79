import { afterEach, beforeEach, expect, it } from 'vitest'
import { shopActions } from './support/sandbox-shop.ts'
import { openUsageShop, type UsageShop } from './support/usage-shop.ts'

let shop: UsageShop
beforeEach(async () => {
  shop = await openUsageShop()
  await shop.billing.createPlan({
    ...{ key: 'team', name: 'Team' },
    prices: [
      { key: 'team-monthly', ...monthly, amount: 1000 },
      { key: 'team-tokens', ...monthly, meter: 'tokens', unitAmountDecimal: '0.5' },
      { key: 'team-tokens-yearly', ...monthly, interval: 'year', meter: 'tokens', unitAmountDecimal: '0.1' },
    ],
  })
  await shop.billing.publishPlan({ planId: 'team', provider: 'sandbox' })
  await shopActions(shop.billing, shop.organizationId).subscribe({ priceId: 'team-monthly' })
})
afterEach(() => shop.close())

const monthly = { currency: 'EUR', interval: 'month' as const }
const use = (quantity: number) => shop.record({ id: shop.nextId(), meter: 'tokens', quantity })
const lines = async () => {
  const { usageLines } = await shop.billing.getOverview({ organizationId: shop.organizationId })
  return usageLines.map(({ priceKey, quantity, amount, billing }) => [priceKey, quantity, amount, billing])
}
const nextMonth = async () => {
  await shop.billing.call('POST', '/sandbox/clock/advance', { body: { by: 'P1M' } })
  await shop.billing.runJobs()
}

it('at a provider that bills none is counted up by its metered price, and shown as unbilled', async () => {
  const { prices } = await shop.billing.getPlan({ planId: 'team' })
  expect(prices.map(({ key, externalPriceId }) => [key, externalPriceId !== null])).toEqual([
    ['team-monthly', true],
    ['team-tokens', false],
    ['team-tokens-yearly', false],
  ])
  await use(7)
  expect(await lines()).toEqual([['team-tokens', '7', 4, 'unbilled']])
  await nextMonth()
  await use(10.5)
  expect(await lines()).toEqual([
    ['team-tokens', '10.5', 5, 'unbilled'],
    ['team-tokens', '7', 4, 'unbilled'],
  ])
  const { json } = await shop.billing.call('GET', '/api/v1/subscriptions/overview/', {
    organization: shop.organizationId,
  })
  expect(json).toMatchObject({ usage_lines: [{ meter: 'tokens', unit_amount_decimal: '0.5' }, { amount: 4 }] })
})

it('costs what it did when the plan was bought, whatever has taken the place of that price', async () => {
  shop.billing.clock.advanceMs(1_000)
  const successor = {
    key: 'team-tokens-2',
    ...monthly,
    meter: 'tokens',
    unitAmountDecimal: '9',
    replaces: 'team-tokens',
  }
  const added = { key: 'team-calls', ...monthly, meter: 'calls', unitAmountDecimal: '1' }
  await shop.billing.changePlan({ planId: 'team', prices: [successor, added] })
  await use(2)
  expect(await lines()).toEqual([
    ['team-tokens', '2', 1, 'unbilled'],
    ['team-calls', '0', 0, 'unbilled'],
  ])
})

it('costs nothing in a trial', async () => {
  const trial = { key: 'tried-monthly', ...monthly, amount: 1000, trialDays: 14 }
  const metered = { key: 'tried-tokens', ...monthly, meter: 'tokens', unitAmountDecimal: '1' }
  await shop.billing.createPlan({ key: 'tried', name: 'Tried', productLine: 'other', prices: [trial, metered] })
  await shop.billing.publishPlan({ planId: 'tried', provider: 'sandbox' })
  await shopActions(shop.billing, shop.organizationId).subscribe({ priceId: 'tried-monthly' })
  await use(50)
  const ofTrial = async () =>
    (await shop.billing.getOverview({ organizationId: shop.organizationId, productLine: 'other' })).usageLines
  expect(await ofTrial()).toEqual([])
  await nextMonth()
  await use(3)
  expect(await ofTrial()).toMatchObject([{ quantity: '3', amount: 3 }])
})

it('stops with the subscription', async () => {
  await use(2)
  shop.billing.clock.advanceMs(1_000)
  const { id: subscriptionId } = await shop.billing.getCurrentSubscription({ organizationId: shop.organizationId })
  await shop.billing.cancelSubscription({ organizationId: shop.organizationId, subscriptionId, atPeriodEnd: false })
  shop.billing.clock.advanceMs(1_000)
  await use(50)
  expect(await lines()).toEqual([['team-tokens', '2', 1, 'unbilled']])
})
