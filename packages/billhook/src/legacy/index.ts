export { type LegacyWebhook, StripeService } from './stripe-service.ts'
export { legacyStripeWebhookPaths } from './stripe-webhook-paths.ts'
