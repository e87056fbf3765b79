import type { EnvironmentProvider } from 'billhook'
import { paypalFromEnvironment } from 'billhook/providers/paypal'
import { sandboxFromEnvironment } from 'billhook/providers/sandbox'
import { stripeFromEnvironment } from 'billhook/providers/stripe'

/** Every provider that the service brings along, in the order in which one becomes the default. A new one is one line here. */
export const builtInProviders: Record<string, EnvironmentProvider> = {
  stripe: stripeFromEnvironment,
  paypal: paypalFromEnvironment,
  sandbox: sandboxFromEnvironment,
}
