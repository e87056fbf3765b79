import { afterEach, expect, it } from 'vitest'
import { openUsageShop, sell, type UsageShop } from './support/usage-shop.ts'

let shop: UsageShop
afterEach(() => shop.close())

const snapshot = () => shop.billing.entitlements.snapshotOf({ organizationId: shop.organizationId })

it('answers from memory, and says what the database says', async () => {
  shop = await openUsageShop({ limits: { tokens: { limit: 10, meter: 'tokens' }, projects: 3, any: null } })
  await shop.take('tokens', 4)
  const taken = await snapshot()
  expect(taken).toBe(await snapshot())
  expect([taken.allows('tokens'), taken.remaining('tokens')]).toEqual([true, 6])
  expect([taken.remaining('projects'), taken.remaining('any')]).toEqual([3, Number.POSITIVE_INFINITY])
  expect([taken.allows('unknown'), taken.remaining('unknown'), taken.allows('constructor')]).toEqual([false, 0, false])
  const [entitlement] = await shop.billing.listEntitlements({ organizationId: shop.organizationId })
  expect(taken.get(entitlement?.feature ?? '')).toEqual(entitlement)
})

it('gives none that is older than its bound', async () => {
  shop = await openUsageShop({
    limits: { tokens: { limit: 10, meter: 'tokens' } },
    settings: { snapshotMaxAgeMs: 5_000 },
  })
  const first = await snapshot()
  await shop.take('tokens', 4)
  shop.billing.clock.advanceMs(5_000)
  expect(await snapshot()).toBe(first)
  shop.billing.clock.advanceMs(1)
  expect((await snapshot()).remaining('tokens')).toBe(6)
})

it('forgets what a BillingEvent says has changed, long before it is too old', async () => {
  shop = await openUsageShop({ settings: { snapshotMaxAgeMs: 3_600_000 } })
  await snapshot()
  await shop.billing.entitlements.follow()
  expect((await snapshot()).allows('sso')).toBe(false)
  await shop.billing.createGrant({ ...grant, organizationId: shop.organizationId })
  await shop.billing.entitlements.follow()
  expect((await snapshot()).allows('sso')).toBe(true)
  await (await sell(shop, 'team', { seats: 9 }))()
  await shop.billing.entitlements.follow()
  expect((await snapshot()).remaining('seats')).toBe(9)
})

const grant = { feature: 'sso', value: true, reason: 'a pilot', actor: 'test' }

it('learns of an edited plan within its bound: no BillingEvent tells of it, and age has the last word', async () => {
  shop = await openUsageShop({ limits: { projects: 3 }, settings: { snapshotMaxAgeMs: 5_000 } })
  const first = await snapshot()
  await shop.billing.changePlan({ planId: 'free', limits: { projects: 9 }, features: { sso: true } })
  await shop.billing.entitlements.follow()
  shop.billing.clock.advanceMs(5_000)
  expect(await snapshot()).toBe(first)
  shop.billing.clock.advanceMs(1)
  const next = await snapshot()
  expect([next.remaining('projects'), next.allows('sso')]).toEqual([9, true])
  const pushed = await shop.billing.previewCatalog({ plans: [{ key: 'free', name: 'Free', isDefault: true }] })
  await shop.billing.applyCatalog({ changes: pushed })
  shop.billing.clock.advanceMs(5_001)
  expect((await snapshot()).allows('sso')).toBe(false)
})

it('looks for news by itself a second after the last look', async () => {
  shop = await openUsageShop({ settings: { snapshotMaxAgeMs: 3_600_000 } })
  await snapshot()
  await shop.billing.entitlements.follow()
  await shop.billing.createGrant({ ...grant, organizationId: shop.organizationId })
  shop.billing.clock.advanceMs(1_000)
  await snapshot()
  await expect.poll(async () => (await snapshot()).allows('sso')).toBe(true)
})

it('gives the last one it knows while the database cannot be read, for as long as was declared, and says so otherwise', async () => {
  shop = await openUsageShop({
    limits: { projects: 3 },
    settings: { snapshotMaxAgeMs: 1_000, snapshotLastKnownMs: 60_000 },
  })
  const known = await snapshot()
  await shop.billing.ctx.db.close()
  shop.billing.clock.advanceMs(60_000)
  expect(await snapshot()).toBe(known)
  shop.billing.clock.advanceMs(1)
  await expect(snapshot()).rejects.toThrow()
})
