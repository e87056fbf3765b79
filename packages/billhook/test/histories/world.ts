import type { FixedClock } from '../../src/primitives/index.ts'
import type {
  BasePaymentProvider,
  CheckoutSessionData,
  InvoiceData,
  MakeProvider,
} from '../../src/providers/provider.ts'

/** Something that the provider has to tell. */
export interface Message {
  /** As it goes over the wire when it is sent at that moment: signatures grow old. */
  send(at: Date): { rawBody: Uint8Array; headers: Headers }
}

/**
 * One account at a simulated provider, new for each history: what histories need to know of a provider. Whoever has an emulator adds a file
 * with one of these and its line in `worlds.ts`. Ids must never come again in another history, because all of them share a database.
 */
export interface World {
  /** The name that the account is registered under. */
  readonly provider: string
  /** Everybody's; moves with the provider's. */
  readonly clock: FixedClock
  /** Each process makes a provider of its own; all of them lead to this account. */
  readonly make: MakeProvider
  /** The account as its owner sees it, past all of Billhook. */
  readonly seller: BasePaymentProvider
  /** Moves the clock by an ISO 8601 duration, and does what falls due on the way. */
  advance(by: string): Promise<void>
  /** The buyer pays on the hosted page, by a card that pays, or that pays once and fails at every renewal. */
  pay(session: CheckoutSessionData, card: 'pays' | 'fails_later'): Promise<void>
  /** The buyer pays an open bill by another card. */
  payBill(invoice: InvoiceData): Promise<void>
  /** The buyer agrees to a change that waits for that. Left out where changes ask nobody. */
  agree?(externalSubscriptionId: string): Promise<void>
  /** The buyer's bank asks a payment back; answers the dispute's id, null where that is not possible. */
  openDispute(externalPaymentId: string): Promise<string | null>
  decideDispute(externalDisputeId: string, outcome: 'won' | 'lost'): Promise<void>
  /** What it has had to tell since the last look, in order. */
  told(): Message[]
  close(): Promise<void>
}

export interface WorldOptions {
  /** In every id of the account. */
  tag: string
  startsAt: Date
}

export type OpenWorld = (options: WorldOptions) => Promise<World>
