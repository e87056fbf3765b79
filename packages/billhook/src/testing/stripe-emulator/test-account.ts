import Stripe from 'stripe'
import { type StripeEmulator, type StripeEmulatorOptions, startStripeEmulator } from './start-stripe-emulator.ts'

type SubscriptionData = Stripe.Checkout.SessionCreateParams.SubscriptionData

/** An emulated account with the official SDK pointed at it: what the emulator's own tests begin with. */
export interface TestAccount {
  emulator: StripeEmulator
  stripe: Stripe
  createPrice(
    unitAmount: number,
    options?: { interval?: 'month' | 'year'; lookupKey?: string; currency?: string },
  ): Promise<string>
  /** An open session of two seats at 20.00 EUR a month, for a customer that exists. */
  openSession(
    data?: SubscriptionData,
  ): Promise<{ customerId: string; priceId: string; session: Stripe.Checkout.Session }>
  subscribe(
    card?: string,
    data?: SubscriptionData,
  ): Promise<{ customerId: string; subscriptionId: string; sessionId: string }>
}

export const seconds = (iso: string) => Date.parse(iso) / 1000

export async function openTestAccount(options: StripeEmulatorOptions = {}): Promise<TestAccount> {
  const emulator = await startStripeEmulator({ clock: new Date('2027-01-31T10:00:00Z'), ...options })
  const target = { host: '127.0.0.1', port: emulator.port, protocol: 'http' as const }
  const stripe = new Stripe(emulator.apiKey, { ...target, maxNetworkRetries: 0, telemetry: false })
  const account: TestAccount = {
    emulator,
    stripe,
    createPrice: async (unitAmount, { interval = 'month', lookupKey, currency = 'eur' } = {}) => {
      const price = await stripe.prices.create({
        product_data: { name: 'Pro' },
        currency,
        unit_amount: unitAmount,
        recurring: { interval },
        lookup_key: lookupKey,
      })
      return price.id
    },
    openSession: async (data = {}) => {
      const priceId = await account.createPrice(2000)
      const customer = await stripe.customers.create({ email: 'ada@example.com', metadata: { organization: 'org_1' } })
      const session = await stripe.checkout.sessions.create({
        mode: 'subscription',
        customer: customer.id,
        client_reference_id: 'org_1',
        line_items: [{ price: priceId, quantity: 2 }],
        subscription_data: { metadata: { organization: 'org_1' }, ...data },
        success_url: 'http://127.0.0.1/done?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'http://127.0.0.1/back',
      })
      return { customerId: customer.id, priceId, session }
    },
    subscribe: async (card = '4242424242424242', data = {}) => {
      const { customerId, session } = await account.openSession(data)
      const { subscriptionId } = emulator.pay(session.id, { card })
      return { customerId, subscriptionId: subscriptionId ?? '', sessionId: session.id }
    },
  }
  return account
}
