import type { MakeProvider } from 'billhook'
import { sandboxProvider } from 'billhook/providers/sandbox'
import { stripeProvider } from 'billhook/providers/stripe'
import type { Configuration, Variables } from './configuration.ts'

export interface BuiltInProvider {
  /** Whether it has what it needs. */
  isOn(configuration: Configuration): boolean
  make(variables: Variables): MakeProvider
}

/** Every provider that the service brings along, in the order in which one becomes the default. A new one is one line here. */
export const builtInProviders: Record<string, BuiltInProvider> = {
  stripe: {
    isOn: ({ variables }) => variables.STRIPE_SECRET_KEY !== undefined,
    make: (is) =>
      stripeProvider({
        secretKey: is.STRIPE_SECRET_KEY,
        publishableKey: is.STRIPE_PUBLISHABLE_KEY,
        webhookSecrets: is.STRIPE_WEBHOOK_SECRET,
        apiBase: is.STRIPE_API_BASE,
      }),
  },
  sandbox: {
    isOn: ({ isProduction, variables }) => !isProduction || variables.BILLHOOK_ALLOW_SANDBOX === '1',
    make: () => sandboxProvider(),
  },
}
