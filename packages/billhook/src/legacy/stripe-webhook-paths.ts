/** The account that an integration of the Stripe-only design had: the one under Stripe's own name. */
export const legacyStripeAccount = 'stripe'

/** The old webhook path of a Stripe-only integration, led to the door of today. */
export const legacyStripeWebhookPaths = (path: string | undefined): Record<string, string> =>
  path === undefined ? {} : { [path]: legacyStripeAccount }
