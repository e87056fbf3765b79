export type { DeliveryResult } from '../emulator/deliveries.ts'
export type { Fault, Faults } from '../emulator/faults.ts'
export { findTestCard, type TestCard, testCards } from './cards.ts'
export type { CheckoutPayment, CheckoutResult } from './complete-checkout.ts'
export { type AccountSettings, apiVersion } from './emulator-context.ts'
export type { EmulatorState } from './emulator-state.ts'
export type { LoggedRequest } from './http-server.ts'
export { legacyApiVersion, toLegacyShape } from './legacy-shape.ts'
export type * from './objects.ts'
export {
  type StripeEmulator,
  type StripeEmulatorOptions,
  startStripeEmulator,
} from './start-stripe-emulator.ts'
export { type DeliveryOptions, type SignedDelivery, signPayload } from './webhook-delivery.ts'
