import { openPaypalWorld } from './paypal-world.ts'
import { openSandboxWorld } from './sandbox-world.ts'
import { openStripeWorld } from './stripe-world.ts'
import type { OpenWorld } from './world.ts'

/** Every provider that has an emulator. */
export const worlds = {
  sandbox: openSandboxWorld,
  stripe: openStripeWorld,
  paypal: openPaypalWorld,
} satisfies Record<string, OpenWorld>
