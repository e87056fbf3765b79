import { onTestFinished } from 'vitest'
import { stripeProvider } from '../../src/providers/stripe/index.ts'
import { startStripeEmulator } from '../../src/testing/stripe-emulator/index.ts'
import { type PaypalShop, paypalShopFor } from './paypal-shop.ts'
import type { ServiceShop } from './service-shop.ts'
import { cards, StripeShop, secret } from './stripe-shop.ts'

const start = '2026-03-02T12:00:00Z'

/** One organization of the installation, with what its buyer does at its provider. */
export interface Side {
  shop: ServiceShop
  subscribe(): Promise<unknown>
  /** What its provider has to say arrives. */
  deliver(): Promise<number[]>
  /** From now on its money is not there, or there again. */
  changeFunding(funding: 'pays' | 'declines'): Promise<void>
  /** Attempts that took money, as the provider counts them. */
  sales(): number
}

/** One installation with a catalog that is published at two emulated accounts, and an organization at each. All clocks move together. */
export async function twoProviderShop() {
  const emulator = await startStripeEmulator({ clock: new Date(start) })
  onTestFinished(() => emulator.stop())
  const account = { secretKey: emulator.apiKey, webhookSecrets: [secret], apiBase: emulator.baseUrl }
  const make = stripeProvider({ ...account, maxNetworkRetries: 0 }, { sleep: async () => undefined, random: () => 0.5 })
  const paypal = await paypalShopFor({ providers: { stripe: make }, defaultProvider: 'stripe' })
  const stripe = new StripeShop(paypal.billing, emulator)
  stripe.organization = await stripe.addOrganization('globex')
  for (const { id } of paypal.plans) await stripe.call('POST', `/plans/${id}/publish/`, { provider: 'stripe' }, null)
  paypal.asks = { provider: 'paypal' }
  const advance = (by: string): void => {
    paypal.emulator.clock.advance(by)
    stripe.advance(by)
  }
  return { paypal, stripe, advance, sides: { paypal: paypalSide(paypal), stripe: stripeSide(stripe) } }
}

const paypalSide = (shop: PaypalShop): Side => ({
  shop,
  subscribe: () => shop.approve(),
  deliver: () => shop.deliver({ order: 'shuffled', duplicate: 1 }),
  changeFunding: async (funding) => {
    const { external_subscription_id: id } = await shop.current()
    shop.emulator.changeFunding(id ?? '', funding)
  },
  sales: () => [...shop.emulator.state.sales.values()].filter(({ state }) => state === 'completed').length,
})

const stripeSide = (shop: StripeShop): Side => ({
  shop,
  subscribe: () => shop.pay(),
  deliver: () => shop.deliver({ order: 'shuffled', duplicate: 1 }),
  changeFunding: async (funding) => {
    const { external_customer_id: id } = await shop.current()
    shop.emulator.replaceCard(id ?? '', funding === 'pays' ? cards.pays : cards.failsLater)
  },
  sales: () =>
    [...shop.emulator.state.invoices.values()].filter(({ status, amount_paid }) => status === 'paid' && amount_paid > 0)
      .length,
})

const tables = [
  ...[
    'customers',
    'checkout_sessions',
    'subscriptions',
    'subscription_items',
    'subscription_periods',
    'subscription_changes',
  ],
  ...[
    'bindings',
    'invoices',
    'invoice_lines',
    'payments',
    'payment_allocations',
    'refunds',
    'disputes',
    'billing_events',
  ],
  ...['operations', 'external_refs', 'webhook_events', 'alerts'],
]

/** Every row of what an organization has, as its own role sees it. */
export const everyRow = (shop: ServiceShop): Promise<unknown> =>
  shop.rows(
    tables
      .map(
        (name) =>
          `select '${name}' as of, to_jsonb(t) as row from billhook.${name} t where organization_id is not null`,
      )
      .join(' union all ')
      .concat(' order by 1, 2'),
  )
