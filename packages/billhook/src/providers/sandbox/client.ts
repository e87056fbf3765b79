import { sha256Hex, stableStringify } from '../../primitives/index.ts'
import type { Capabilities } from '../capabilities.ts'
import type { OperationKind, ProviderOperation } from '../operation.ts'
import type { ProviderHost, StateStore } from '../provider.ts'
import { billingNow, reachInstant } from './clock.ts'
import { readFailure, sandboxError, writeFailure } from './errors.ts'
import type { ObjectKind, SandboxObjects } from './objects.ts'
import { settleDue } from './settle-due.ts'
import { Draft, dueInstant, duePrefix, findObject, missing, type SandboxAccount } from './state.ts'

/** What an operation made or changed; kept under its idempotency key for repeats and for `lookup`. */
export interface Answer {
  object: ObjectKind
  id: string
  /** Set where a change of a subscription waits for its time. */
  effectiveAt?: string
  /** Set where a change of a subscription waits for its buyer. */
  offer?: string
}
interface KeptOperation {
  kind: OperationKind
  inputHash: string
  answer: Answer
}

/** Due items that one exclusive section settles at most, so that a long advance does not hold the store. */
const settledPerSection = 50
const operationKey = (idempotencyKey: string) => `operation/${idempotencyKey}`

/** The sandbox company behind its counter: every call of the provider reads or changes its state through here. */
export class SandboxClient {
  readonly host: ProviderHost
  readonly capabilities: Capabilities
  readonly #onQueued: () => void

  constructor(host: ProviderHost, onQueued: () => void, capabilities: Capabilities) {
    this.host = host
    this.capabilities = capabilities
    this.#onQueued = onQueued
  }

  /** Else it tells of charges, and somebody else writes the bills. */
  get hasDocuments(): boolean {
    return this.capabilities.invoices === 'provider'
  }

  get providerName(): string {
    return this.host.providerName
  }

  get account(): SandboxAccount {
    const { providerName, baseUrl } = this.host
    return { providerName, pagesUrl: `${baseUrl}/${providerName}`, hasDocuments: this.hasDocuments }
  }

  now(): Promise<Date> {
    return this.read((store) => billingNow(store, this.host.clock))
  }

  /** Throws `unsupported` for a form of a method that this sandbox does without. */
  require(has: boolean, what: string): void {
    if (!has) throw sandboxError(this.providerName, 'unsupported', `This sandbox cannot ${what}.`)
  }

  async read<T>(work: (store: StateStore) => Promise<T>): Promise<T> {
    try {
      return await work(this.host.stateStore)
    } catch (cause) {
      throw readFailure(this.providerName, cause)
    }
  }

  /** Throws `resource_missing`. */
  retrieve<K extends ObjectKind>(kind: K, id: string): Promise<SandboxObjects[K]> {
    return this.read(async (store) => {
      const record = await findObject(store, kind, id)
      if (record === null) throw missing(this.providerName, kind, id)
      return record
    })
  }

  /**
   * Does an operation's work once: a repeated idempotency key is answered without working again, one with another input throws
   * `idempotency_conflict`.
   */
  execute<K extends OperationKind>(
    operation: ProviderOperation<K>,
    input: object,
    work: (draft: Draft, store: StateStore) => Promise<Answer>,
  ): Promise<Answer> {
    const inputHash = sha256Hex(stableStringify(input))
    return this.change(async (draft, store) => {
      const known = await store.get<KeptOperation>(operationKey(operation.idempotencyKey))
      if (known === null) {
        const answer = await work(draft, store)
        const kept: KeptOperation = { kind: operation.kind, inputHash, answer }
        await store.put(operationKey(operation.idempotencyKey), kept)
        return answer
      }
      if (known.kind === operation.kind && known.inputHash === inputHash) return known.answer
      const detail = `The idempotency key "${operation.idempotencyKey}" was used for something else.`
      throw sandboxError(this.providerName, 'idempotency_conflict', detail)
    })
  }

  /** What the operation did; null if it never happened. */
  async findAnswer(operation: ProviderOperation): Promise<Answer | null> {
    const known = await this.read((store) => store.get<KeptOperation>(operationKey(operation.idempotencyKey)))
    return known?.kind === operation.kind ? known.answer : null
  }

  /** One change at the present billing time. What was due before is settled first, so nothing happens out of order. */
  async change<T>(work: (draft: Draft, store: StateStore) => Promise<T>): Promise<T> {
    try {
      const { result, queued } = await this.host.stateStore.exclusively(async (store) => {
        const now = await billingNow(store, this.host.clock)
        const settled = await settleDue(store, this.account, now, Number.POSITIVE_INFINITY)
        const draft = await Draft.open(store, this.account, now)
        const done = await work(draft, store)
        const committed = await draft.commit()
        await reachInstant(store, this.host.clock, now)
        return { result: done, queued: settled.queued + committed.queued }
      })
      if (queued > 0) this.#onQueued()
      return result
    } catch (cause) {
      throw writeFailure(this.providerName, cause)
    }
  }

  /** A cheap look, so that nobody takes the lock for nothing. */
  hasDue(): Promise<boolean> {
    return this.read(async (store) => {
      const [earliest] = await store.list<true>(duePrefix)
      return earliest !== undefined && dueInstant(earliest.key) <= (await billingNow(store, this.host.clock))
    })
  }

  /**
   * Settles what is due up to an instant (left out: now) in its own order, moving the clock along with it. Answers how much it settled and
   * how many webhooks that queued; `isDone: false` asks to be called again.
   */
  async settle(until?: Date): Promise<{ settled: number; queued: number; isDone: boolean }> {
    try {
      return await this.host.stateStore.exclusively(async (store) => {
        const target = until ?? (await billingNow(store, this.host.clock))
        const { settled, queued, lastAt } = await settleDue(store, this.account, target, settledPerSection)
        const isDone = settled < settledPerSection
        const reached = isDone ? target : lastAt
        if (reached && (settled > 0 || until)) await reachInstant(store, this.host.clock, reached)
        return { settled, queued, isDone }
      })
    } catch (cause) {
      throw writeFailure(this.providerName, cause)
    }
  }
}
