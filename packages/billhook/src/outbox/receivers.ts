import type { BillingEvent } from './billing-event.ts'

export type Listener = (event: BillingEvent) => void | Promise<void>

/** Who hears of BillingEvents in this process: each has a name, under which its deliveries are kept. */
export type Receivers = ReadonlyMap<string, Listener>
