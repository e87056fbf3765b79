import Stripe from 'stripe'
import { type StripeEmulator, startStripeEmulator } from '../../src/testing/stripe-emulator/index.ts'

/** An account that has been in use for a while before anybody thought of Billhook. */
export interface UsedAccount {
  emulator: StripeEmulator
  stripe: Stripe
  /** Customer ids by what they are for. */
  customers: Record<
    | 'deletedNamed'
    | 'deletedUnknown'
    | 'unmapped'
    | 'foreign'
    | 'contradicting'
    | 'second'
    | 'fraction'
    | 'ours'
    | 'named'
    | 'spare',
    string
  >
  /** Customers that say in their metadata which tenant they are: `tenant-01` to `tenant-24`. */
  tenants: string[]
  prices: Record<'monthly' | 'yearly' | 'yen' | 'archived' | 'fraction' | 'once', string>
}

const day = 86_400_000

export const tenantName = (index: number): string => `tenant-${String(index + 1).padStart(2, '0')}`

/**
 * 24 tenants that name themselves, one with a second customer, and eight customers that need a map or fit nowhere; live, ended and
 * past-due subscriptions, renewed twice, in three currencies' prices.
 */
export async function openUsedAccount({ ourOrganization }: { ourOrganization: string }): Promise<UsedAccount> {
  const emulator = await startStripeEmulator({ clock: new Date('2026-01-01T00:00:00Z') })
  const target = { host: '127.0.0.1', port: emulator.port, protocol: 'http' as const }
  const stripe = new Stripe(emulator.apiKey, { ...target, maxNetworkRetries: 0, telemetry: false })
  const prices = await sellThings(stripe)
  const customer = async (metadata: Record<string, string>, card = 'pm_card_visa', email = 'ada@example.test') => {
    const made = await stripe.customers.create({ email, name: 'Zoë Ünal', metadata, address: { country: 'NL' } })
    await stripe.customers.update(made.id, { invoice_settings: { default_payment_method: card } })
    return made.id
  }
  const subscribe = (id: string, price: string) =>
    stripe.subscriptions.create({ customer: id, items: [{ price, quantity: 1 }] })
  const tenants: string[] = []
  for (let index = 0; index < 24; index++) {
    const card = index % 6 === 5 ? 'pm_card_chargeCustomerFail' : 'pm_card_visa'
    const id = await customer({ tenant: tenantName(index) }, card)
    tenants.push(id)
    if (index === 23) continue
    const subscription = await subscribe(
      id,
      index % 4 === 3 ? prices.yearly : index % 7 === 6 ? prices.yen : prices.monthly,
    )
    if (index % 5 === 4) await stripe.subscriptions.cancel(subscription.id)
  }
  const customers = {
    deletedNamed: await customer({}),
    deletedUnknown: await customer({}),
    unmapped: await customer({}, 'pm_card_visa', 'ceo@tenant-01.test'),
    foreign: await customer({ tenant: 'nobody-knows' }),
    contradicting: await customer({ tenant: 'tenant-02', billhook_organization_id: ourOrganization }),
    second: await customer({ tenant: 'tenant-01' }),
    fraction: await customer({ tenant: 'tenant-24' }),
    ours: await customer({ billhook_organization_id: ourOrganization }),
    named: await customer({}),
    spare: await customer({ tenant: 'tenant-03' }),
  }
  for (const id of Object.values(customers)) {
    if (id === customers.spare) continue
    await subscribe(id, id === customers.fraction ? prices.fraction : prices.monthly)
  }
  await stripe.prices.update(prices.archived, { active: false })
  emulator.clock.advance(62 * day)
  for (const id of [customers.deletedNamed, customers.deletedUnknown]) await stripe.customers.del(id)
  emulator.signed({ secret: 'whsec_dropped' })
  return { emulator, stripe, customers, tenants, prices }
}

async function sellThings(stripe: Stripe) {
  const pro = await stripe.products.create({ name: 'Pro — für Teams', description: 'Everything' })
  const lite = await stripe.products.create({ name: 'Lite', metadata: { billhook_product_line: 'lite' } })
  const price = async (product: string, params: Partial<Stripe.PriceCreateParams>) =>
    (await stripe.prices.create({ product, currency: 'eur', recurring: { interval: 'month' }, ...params })).id
  return {
    monthly: await price(pro.id, { unit_amount: 4900, lookup_key: 'pro-monthly' }),
    yearly: await price(pro.id, { unit_amount: 49_000, recurring: { interval: 'year' } }),
    yen: await price(pro.id, { unit_amount: 6000, currency: 'jpy', lookup_key: 'no key of ours!' }),
    archived: await price(lite.id, { unit_amount: 100 }),
    fraction: await price(lite.id, { unit_amount_decimal: Stripe.Decimal.from('12.5') }),
    once: await price(lite.id, { unit_amount: 9900, recurring: undefined }),
  }
}
