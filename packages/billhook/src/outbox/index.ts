export * from './billing-event.ts'
export { listBillingEvents } from './list-billing-events.ts'
export type { Listener } from './receivers.ts'
