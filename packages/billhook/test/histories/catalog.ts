import { sql } from 'drizzle-orm'
import { createBilling } from '../../src/billing.ts'
import { type Database, rowsOf } from '../../src/db/index.ts'
import type { PriceData } from '../../src/providers/provider.ts'
import { type PlanKey, plans } from './history.ts'
import { operations } from './seller.ts'
import type { World } from './world.ts'

const amounts: Record<PlanKey, number> = { starter: 1000, team: 3000, extra: 700 }
const planKeys = Object.keys(plans) as PlanKey[]

export type PublishedPrices = Record<PlanKey, PriceData>

/** Once a database: what is sold, and an endpoint that wants to hear of everything (nothing is sent there: its intents are counted). */
export async function makeCatalog(database: Database, world: World): Promise<void> {
  const { createPlan, publishPlan } = await createBilling({
    baseUrl: 'http://billhook.test',
    providers: { [world.provider]: world.make },
    database,
    clock: world.clock,
  })
  for (const key of planKeys) {
    const price = {
      key: `${key}-monthly`,
      currency: 'EUR',
      amount: amounts[key],
      interval: 'month',
      intervalCount: 1,
    } as const
    const plan = await createPlan({ key, name: key, productLine: plans[key], prices: [price] })
    await publishPlan({ planId: plan.id, provider: world.provider })
  }
  await database.drizzle.execute(sql`insert into billhook.webhook_endpoints (id, url, description, status, created_at, updated_at)
    values ('bhwe_1', 'https://receiver.test/', '', 'active', now(), now())`)
}

/** Makes the catalog's prices at a new account. */
export async function publishPrices(world: World, tag: string): Promise<PublishedPrices> {
  const operation = operations(`${tag}_price`)
  const published: Partial<PublishedPrices> = {}
  for (const key of planKeys) {
    const plan = { id: `bhplan_${key}`, key, name: key, description: null, externalProductId: null }
    const price = { id: `bhprice_${key}`, key: `${key}-monthly`, currency: 'EUR', amount: amounts[key] }
    const input = { plan, price: { ...price, interval: 'month' as const, intervalCount: 1 } }
    published[key] = await world.seller.publishPrice(input, operation('publish_price', input))
  }
  return published as PublishedPrices
}

/** Tells a database what the prices are called at the new account. */
export async function mapPrices(database: Database, provider: string, published: PublishedPrices): Promise<void> {
  const names = planKeys.map((key) => ({ key: `${key}-monthly`, ...published[key] }))
  await rowsOf(
    database.drizzle.execute(sql`update billhook.provider_prices pp
      set external_price_id = n."externalPriceId", external_product_id = n."externalProductId"
      from json_to_recordset(${JSON.stringify(names)}::json) as n(key text, "externalPriceId" text, "externalProductId" text)
        join billhook.prices p on p.key = n.key
      where pp.price_id = p.id and pp.provider = ${provider} returning 1`),
  )
}

export interface Buyer {
  organizationId: string
  externalCustomerId: string
}

/** The same organizations in each database, each with its customer at the provider. */
export async function addBuyers(database: Database, world: World, buyers: readonly Buyer[]): Promise<void> {
  const { providerName, providerKind } = world.seller
  const at = world.clock.now().toISOString()
  const given = sql`json_to_recordset(${JSON.stringify(buyers)}::json) as b("organizationId" text, "externalCustomerId" text)`
  await database.drizzle.transaction(async (tx) => {
    await tx.execute(sql`insert into billhook.organizations
        (id, external_id, name, email, country, currency, timezone, metadata, created_at, updated_at)
      select "organizationId", "externalCustomerId", 'Acme', 'acme@a.test', 'DE', 'EUR', 'UTC', '{}', ${at}, ${at} from ${given}`)
    await tx.execute(sql`insert into billhook.customers
        (id, organization_id, provider, provider_kind, external_customer_id, created_at, updated_at)
      select replace("organizationId", 'bhorg', 'bhcus'), "organizationId", ${providerName}, ${providerKind}, "externalCustomerId",
        ${at}, ${at} from ${given}`)
    await tx.execute(sql`insert into billhook.external_refs (provider, kind, external_id, organization_id, object_id)
      select ${providerName}, 'customer', "externalCustomerId", "organizationId", replace("organizationId", 'bhorg', 'bhcus') from ${given}`)
  })
}
