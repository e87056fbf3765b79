import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClient } from '../src/client/index.ts'
import { testApiKey } from '../src/testing/create-test-billing.ts'
import { cards, shopActions } from './support/sandbox-shop.ts'
import { openUsageShop, type UsageShop } from './support/usage-shop.ts'

let shop: UsageShop
beforeEach(async () => {
  shop = await openUsageShop({ limits: { projects: 1 } })
  for (const afterGrace of ['block', 'read_only'] as const) {
    await shop.billing.createPlan({
      ...{ key: afterGrace, name: afterGrace, graceDays: 6, afterGrace },
      features: { sso: true },
      limits: { projects: 10, tokens: { limit: 100, meter: 'tokens' } },
      prices: [{ key: `${afterGrace}-monthly`, currency: 'EUR', amount: 1000, interval: 'month' }],
    })
    await shop.billing.publishPlan({ planId: afterGrace, provider: 'sandbox' })
  }
})
afterEach(() => shop.close())

const owe = async (plan: string) => {
  const actions = shopActions(shop.billing, shop.organizationId)
  await actions.subscribe({ priceId: `${plan}-monthly`, card: cards.failsLater })
  await actions.advance('P1M')
  return actions
}
const words = async (...features: string[]) => {
  const found = await Promise.all(features.map(shop.entitlement))
  return found.map(({ allowed, reason }) => [allowed, reason])
}

it('begins at the first failure, and no retry makes it longer', async () => {
  const { advance, current } = await owe('read_only')
  const { access } = await current()
  expect(access).toMatchObject({ allowed: true, reason: 'grace' })
  await advance('P4D')
  expect((await shop.billing.listPayments({ organizationId: shop.organizationId })).data).toHaveLength(3)
  expect((await current()).access).toEqual(access)
  await advance('P3D')
  expect((await current()).access).toEqual({ allowed: false, until: null, reason: 'read_only' })
})

it('leads to read-only where the plan says so: in every answer, in snapshots and at clients, until the debt is paid', async () => {
  const { advance, pay } = await owe('read_only')
  expect(await words('sso', 'tokens')).toEqual([
    [true, 'plan'],
    [true, 'plan'],
  ])
  await advance('P7D')
  // The default plan rules again, and what it does not give can be looked at.
  expect(await words('sso', 'tokens', 'projects', 'unknown')).toEqual([
    [false, 'read_only'],
    [false, 'read_only'],
    [true, 'default_plan'],
    [false, 'not_in_plan'],
  ])
  expect(await shop.take('tokens')).toMatchObject({ allowed: false, reason: 'read_only' })
  expect(await shop.used('tokens')).toBe(0)
  const { json } = await shop.billing.call('GET', '/api/v1/entitlements/sso/', { organization: 'acme' })
  expect(json).toMatchObject({ allowed: false, reason: 'read_only' })
  const snapshot = await shop.billing.entitlements.snapshotOf({ organizationId: shop.organizationId })
  const options = { url: shop.billing.baseUrl, apiKey: testApiKey, whenUnreachable: 'deny' as const }
  const client = await createClient({
    ...options,
    fetch: (input, init) => shop.billing.handler(new Request(input, init)),
    now: () => shop.billing.clock.now().getTime(),
  })
  for (const kept of [snapshot, await client.entitlementsOf('acme')]) {
    expect([kept.allows('sso'), kept.allowsReading('sso'), kept.allowsReading('unknown')]).toEqual([false, true, false])
    expect([kept.remaining('tokens'), kept.allowsReading('tokens'), kept.allowsReading('projects')]).toEqual([
      0,
      true,
      true,
    ])
  }
  await client.close()
  const open = (await shop.billing.listInvoices({ organizationId: shop.organizationId })).data.find(
    ({ status }) => status === 'open',
  )
  await pay(open?.hostedUrl ?? '')
  await advance('PT0S')
  expect(await words('sso')).toEqual([[true, 'plan']])
})

it('leads to nothing but the default plan where the plan blocks', async () => {
  const { advance, current } = await owe('block')
  await advance('P7D')
  expect((await current()).access).toMatchObject({ allowed: false, reason: 'unpaid' })
  expect(await words('sso', 'projects')).toEqual([
    [false, 'not_in_plan'],
    [true, 'default_plan'],
  ])
})
