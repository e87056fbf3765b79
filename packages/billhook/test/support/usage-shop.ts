import type { LimitValue } from '../../src/db/schema/index.ts'
import type { NewMeter } from '../../src/domain/meters/index.ts'
import { createTestBilling, type TestBilling, type TestBillingOptions } from '../../src/testing/create-test-billing.ts'
import { type Shop, shopActions } from './sandbox-shop.ts'

export const usualMeters: NewMeter[] = [
  { key: 'calls', aggregation: 'count', groupBy: ['route'] },
  { key: 'tokens', aggregation: 'sum', groupBy: ['model'] },
  { key: 'peak', aggregation: 'max', property: 'users' },
  { key: 'seats', aggregation: 'last' },
  { key: 'visitors', aggregation: 'unique', property: 'visitor' },
]

export interface UsageShopOptions extends TestBillingOptions {
  limits?: Record<string, LimitValue>
  timezone?: string
}

/** A service whose default plan has these limits, with the usual meters and one organization, which has bought nothing. */
export async function openUsageShop({ limits = {}, timezone = 'UTC', ...options }: UsageShopOptions = {}) {
  const billing = await createTestBilling(options)
  for (const meter of usualMeters) await billing.createMeter(meter)
  await billing.createPlan({ key: 'free', name: 'Free', isDefault: true, limits })
  const organizationId = await addOrganizationIn(billing, 'acme', timezone)
  return { billing, organizationId, ...usageActions(billing, organizationId), close: billing.close }
}

export type UsageShop = Awaited<ReturnType<typeof openUsageShop>>

export async function addOrganizationIn(billing: TestBilling, externalId: string, timezone = 'UTC'): Promise<string> {
  const fields = { name: externalId, email: `${externalId}@a.test`, country: 'DE', currency: 'EUR', timezone }
  return (await billing.createOrganization({ externalId, ...fields })).id
}

export function usageActions(billing: TestBilling, organizationId: string) {
  let last = 0
  return {
    nextId: () => `id-${++last}`,
    record: (...events: Parameters<TestBilling['recordUsage']>[0]['events']) =>
      billing.recordUsage({ organizationId, events }),
    take: (feature: string, quantity?: number, id = `take-${++last}`) =>
      billing.consume({ organizationId, feature, id, quantity }),
    entitlement: (feature: string) => billing.getEntitlement({ organizationId, feature }),
    used: async (meter: string) => (await billing.getUsage({ organizationId, meter })).value,
  }
}

/** A paid plan beside the default one, and how the organization buys it. */
export async function sell(
  shop: UsageShop,
  key: string,
  limits: Record<string, LimitValue>,
): Promise<Shop['subscribe']> {
  const price = { key: `${key}-monthly`, currency: 'EUR', amount: 1000, interval: 'month' as const }
  await shop.billing.createPlan({ key, name: key, limits, prices: [price] })
  await shop.billing.publishPlan({ planId: key, provider: 'sandbox' })
  const { subscribe } = shopActions(shop.billing, shop.organizationId)
  return (how = {}) => subscribe({ priceId: `${key}-monthly`, ...how })
}
