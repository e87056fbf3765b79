import { afterEach, beforeEach, expect, it } from 'vitest'
import { sandboxOf } from './support/sandbox-shop.ts'
import { openUsageShop, sell, type UsageShop } from './support/usage-shop.ts'

let shop: UsageShop
let taken: Array<{ quantity: string; occurredAt: string }>
beforeEach(async () => {
  shop = await openUsageShop()
  await (await sell(shop, 'team', {}))()
  taken = []
  const { usage } = sandboxOf(shop.billing)
  if (!usage) throw new Error('the sandbox takes usage')
  const { reportUsage } = usage
  usage.reportUsage = async (input, operation) => {
    const answer = await reportUsage(input, operation)
    taken.push({ quantity: input.quantity, occurredAt: input.occurredAt })
    return answer
  }
})
afterEach(() => shop.close())

const report = () =>
  shop.billing.reportMeter({ organizationId: shop.organizationId, meterId: 'tokens', meterEventName: 'tokens_used' })
const use = (quantity: number, occurredAt?: string) =>
  shop.record({ id: shop.nextId(), meter: 'tokens', quantity, occurredAt })
const sold = async (): Promise<number> => taken.reduce((sum, { quantity }) => sum + Number(quantity), 0)

it('says what was counted since the last time, and each unit once', async () => {
  await use(10)
  shop.billing.clock.advanceMs(1_000)
  expect(await report()).toMatchObject([{ outcome: 'reported', quantity: '10' }])
  expect(await report()).toEqual([])
  shop.billing.clock.advanceMs(3_600_000)
  await use(2.5)
  // Late, and of the open period: it counts where it occurred, among what was told already.
  await use(1, '2026-01-31T10:00:00.500Z')
  shop.billing.clock.advanceMs(1_000)
  expect(await report()).toMatchObject([{ quantity: '3.5' }])
  expect(taken.map(({ quantity }) => quantity)).toEqual(['10', '3.5'])
})

it('says it once however many do it at a time', async () => {
  await use(7)
  shop.billing.clock.advanceMs(1_000)
  await Promise.allSettled(Array.from({ length: 8 }, report))
  expect(await report()).toEqual([])
  expect(await sold()).toBe(7)
})

it('settles the one whose answer was lost before it says the next', async () => {
  const { usage } = sandboxOf(shop.billing)
  if (!usage) throw new Error('the sandbox takes usage')
  const { reportUsage } = usage
  usage.reportUsage = async (...input) => {
    await reportUsage(...input)
    throw new Error('the connection broke')
  }
  await use(4)
  shop.billing.clock.advanceMs(1_000)
  await expect(report()).rejects.toThrow('broke')
  usage.reportUsage = reportUsage
  await use(5)
  shop.billing.clock.advanceMs(1_000)
  expect(await report()).toMatchObject([{ outcome: 'pending', quantity: '4' }])
  shop.billing.clock.advanceMs(3_000)
  await shop.billing.runJobs()
  expect(await report()).toMatchObject([{ outcome: 'reported', quantity: '5' }])
  expect(await sold()).toBe(9)
})

it('completes a period that has ended with what it came to, within it, and goes on with the next', async () => {
  await use(10)
  shop.billing.clock.advanceMs(1_000)
  await report()
  await use(3)
  await shop.billing.call('POST', '/sandbox/clock/advance', { body: { by: 'P1M' } })
  await shop.billing.runJobs()
  await use(20)
  await shop.billing.call('POST', '/sandbox/clock/advance', { body: { by: 'PT1H' } })
  const { currentPeriodStart } = await shop.billing.getCurrentSubscription({ organizationId: shop.organizationId })
  expect(await report()).toMatchObject([{ quantity: '3' }, { quantity: '20' }])
  expect(await report()).toEqual([])
  const boundary = currentPeriodStart?.toISOString() ?? ''
  const [, completing, first] = taken.map(({ occurredAt }) => occurredAt)
  expect([(completing ?? '') < boundary, (first ?? '') >= boundary]).toEqual([true, true])
})

it('refuses levels, which cannot be added up, and whom nobody bills', async () => {
  const { organizationId } = shop
  const level = { organizationId, meterId: 'seats', meterEventName: 'seats' }
  await expect(shop.billing.reportMeter(level)).rejects.toMatchObject({ code: 'not_reportable' })
  const stranger = await shop.billing.createOrganization({
    ...{ externalId: 'stranger', name: 's', email: 's@a.test', country: 'DE', currency: 'EUR', timezone: 'UTC' },
  })
  const nobody = { organizationId: stranger.id, meterId: 'tokens', meterEventName: 'tokens_used' }
  await expect(shop.billing.reportMeter(nobody)).rejects.toMatchObject({ code: 'no_subscription' })
})
