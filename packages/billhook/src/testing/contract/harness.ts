import type { Clock } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'

/**
 * What the contract needs around a provider: an account without history, its buyers and its time. Time moves through `advance` alone; the
 * checks wait for nothing. A fresh one is made for every check.
 */
export interface ContractHarness {
  provider: BasePaymentProvider
  /** The wall clock, which webhooks are signed by. */
  clock: Clock
  /** Buys what a checkout session offers, with a card that works unless another is named. A declined card is no error. */
  pay(url: string, card?: ContractCard): Promise<void>
  /** Moves the provider's time by an ISO 8601 duration, with all that happens on the way. */
  advance(duration: string): Promise<void>
  /** The deliveries that came since the last call, in order. */
  nextWebhooks(): Promise<RawWebhook[]>
  /** The customer gives another card, for everything that is charged from now on. */
  replaceCard?(externalCustomerId: string, card: ContractCard): Promise<void>
  /** The buyer's bank asks a payment back. Answers the dispute's id. */
  openDispute?(externalPaymentId: string): Promise<string>
  /** What the surroundings can do besides; a check that needs one which is missing does not apply, and the report says so. */
  faults?: {
    /** A well-formed body of that type, signed as the provider signs. */
    signWebhook?(type: string): Promise<RawWebhook>
    /** Any bytes, signed as the provider signs: also what it would never send. */
    signBytes?(body: Uint8Array): Promise<RawWebhook>
    /** A webhook of the other mode (`live` for an account in test), as good as the account's own in everything else. */
    signOtherMode?(): Promise<RawWebhook>
    /** The next call that changes something is carried out, but its answer never arrives. */
    loseNextAnswer?(): void
    /** The next call never reaches the provider. */
    cutNextCall?(): void
  }
  /** Frees what was opened for it; called once after the check. */
  stop?(): Promise<void>
}

export interface RawWebhook {
  body: Uint8Array
  headers: Headers
}

/** `fails_later` pays the first time and is declined ever after. */
export type ContractCard = 'pays' | 'declines' | 'fails_later'

export type MakeContractHarness = () => Promise<ContractHarness>
