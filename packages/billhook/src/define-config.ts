import type { Settings } from './context.ts'
import type { CatalogDefinition } from './domain/catalog/index.ts'
import type { Listener } from './outbox/receivers.ts'
import type { MakeProvider } from './providers/provider.ts'

/** What `billhook.config.ts` may add to the service: accounts and providers of your own, who hears of BillingEvents, and what is sold. */
export interface BillhookConfig {
  /** Provider accounts by name; one of a built-in name takes its place. */
  providers?: Record<string, MakeProvider>
  defaultProvider?: string
  listeners?: Record<string, Listener>
  /** What follows when money goes back, and when a second subscription of a product line is paid. */
  policies?: Partial<Pick<Settings, 'duplicatePolicy' | 'lostDisputePolicy' | 'fullRefundPolicy'>>
  /** Meters, plans and prices that `billhook plans push` compares with what is there. Starting the service changes none. */
  catalog?: CatalogDefinition
  /** Other paths that take a provider's webhooks: path to account name. */
  webhookPaths?: Record<string, string>
  /**
   * Where Stripe's webhooks went in a Stripe-only integration.
   * @deprecated Point the endpoint at `/api/v1/billing/webhooks/stripe/`.
   */
  legacyStripeWebhookPath?: string
}

/** Gives `billhook.config.ts` its types: `export default defineConfig({ ... })`. */
export const defineConfig = (config: BillhookConfig): BillhookConfig => config
