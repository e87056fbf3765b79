import type { EmulatorClock } from '../emulator/clock.ts'
import type { PaypalApiError } from './api-error.ts'
import { notFound } from './api-error.ts'
import type { Ids } from './ids.ts'
import type {
  HeldDispute,
  HeldPlan,
  HeldProduct,
  HeldRefund,
  HeldSale,
  HeldSubscription,
  PaypalEvent,
  Webhook,
} from './objects.ts'

/** Everything the emulated account holds, by id, in the order of making. */
export interface EmulatorState {
  products: Map<string, HeldProduct>
  plans: Map<string, HeldPlan>
  subscriptions: Map<string, HeldSubscription>
  sales: Map<string, HeldSale>
  refunds: Map<string, HeldRefund>
  disputes: Map<string, HeldDispute>
  webhooks: Map<string, Webhook>
  events: Map<string, PaypalEvent>
  /** Access tokens and when they end, by the wall clock. */
  tokens: Map<string, number>
}

export function createState(): EmulatorState {
  return {
    products: new Map(),
    plans: new Map(),
    subscriptions: new Map(),
    sales: new Map(),
    refunds: new Map(),
    disputes: new Map(),
    webhooks: new Map(),
    events: new Map(),
    tokens: new Map(),
  }
}

/** What the account does otherwise than usual; tests set it. */
export interface Oddities {
  /** How the next sale begins: held by PayPal, or pending as an eCheck. */
  nextSale: 'held' | 'pending' | null
  /** How long the list of transactions does not show a new one, in milliseconds. */
  transactionsLagMs: number
}

/** What every resource works with. */
export interface EmulatorContext {
  readonly state: EmulatorState
  readonly clock: EmulatorClock
  readonly ids: Ids
  readonly baseUrl: string
  readonly oddities: Oddities
  /** The wall clock, which tokens end by and signatures are dated by. */
  wallClock(): Date
  emit(type: string, resource: Record<string, unknown>): PaypalEvent
  /** Queues an event once more, under the id that it has. */
  resend(event: PaypalEvent): void
}

/** The object an id names, or PayPal's error for an unknown one. */
export function demand<T>(
  held: ReadonlyMap<string, T>,
  id: string,
  missing: (id: string) => PaypalApiError = notFound,
): T {
  const found = held.get(id)
  if (found === undefined) throw missing(id)
  return found
}
