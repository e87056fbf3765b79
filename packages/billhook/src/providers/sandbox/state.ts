import type { StateStore } from '../provider.ts'
import { dueAtOf } from './due.ts'
import { sandboxError } from './errors.ts'
import { newId, type ObjectKind, type SandboxObject, type SandboxObjects, type ToldObject } from './objects.ts'

/** One webhook that waits for its acknowledgement. `body` is kept as text, so that every attempt sends the same bytes. */
export interface QueuedWebhook {
  id: string
  type: SandboxEventType
  sequence: number
  body: string
  attempts: number
  /** By the wall clock; null: at once. */
  nextAttemptAt: string | null
}

/** The account whose objects these are, and where its hosted pages begin. */
export interface SandboxAccount {
  providerName: string
  pagesUrl: string
  /** It makes documents; else it tells of charges. */
  hasDocuments: boolean
}

export type SandboxEventType =
  | 'checkout.completed'
  | 'checkout.expired'
  | 'subscription.created'
  | 'subscription.updated'
  | 'subscription.deleted'
  | 'subscription.trial_will_end'
  | 'invoice.created'
  | 'invoice.finalized'
  | 'invoice.updated'
  | 'invoice.paid'
  | 'invoice.payment_failed'
  | 'charge.changed'
  | 'refund.changed'
  | 'dispute.changed'

export interface Committed {
  queued: number
  dueRemoved: string[]
  dueAdded: string[]
}

interface Row {
  record: SandboxObject
  /** The key of its row in the index of what is due. */
  dueKey: string | null
}
interface Entry extends Row {
  isChanged: boolean
  isNew: boolean
}
interface Counters {
  event: number
  invoice: number
  row: number
}

export const queuePrefix = 'outbox/'
export const duePrefix = 'due/'
const countersKey = 'meta/counters'
const objectKey = (kind: ObjectKind, id: string) => `object/${kind}/${id}`
export const dueInstant = (key: string) => new Date(key.slice(duePrefix.length).split('/')[0] ?? '')
/** Text order must be number order. */
export const padded = (count: number) => String(count).padStart(12, '0')

/**
 * One change at one instant: objects are read through it and changed in place, and `commit` writes them together with the webhooks that
 * tell about them. All webhooks of one draft carry the final state of their object, so two of one instant never contradict each other.
 * Lives inside `stateStore.exclusively`; what throws before `commit` leaves no trace.
 */
export class Draft {
  readonly account: SandboxAccount
  readonly at: Date
  readonly #store: StateStore
  readonly #counters: Counters
  readonly #entries = new Map<string, Entry>()
  readonly #events: Array<{ type: SandboxEventType; object: ToldObject }> = []

  private constructor(store: StateStore, account: SandboxAccount, at: Date, counters: Counters) {
    this.#store = store
    this.account = account
    this.at = at
    this.#counters = counters
  }

  static async open(store: StateStore, account: SandboxAccount, at: Date): Promise<Draft> {
    const counters = await store.get<Counters>(countersKey)
    return new Draft(store, account, at, counters ?? { event: 0, invoice: 0, row: 0 })
  }

  get providerName(): string {
    return this.account.providerName
  }

  async find<K extends ObjectKind>(kind: K, id: string): Promise<SandboxObjects[K] | null> {
    const key = objectKey(kind, id)
    const known = this.#entries.get(key)
    if (known) return known.record as SandboxObjects[K]
    const row = await this.#store.get<Row>(key)
    if (row === null) return null
    this.#entries.set(key, { ...row, isChanged: false, isNew: false })
    return row.record as SandboxObjects[K]
  }

  /** Throws `resource_missing`. */
  async get<K extends ObjectKind>(kind: K, id: string): Promise<SandboxObjects[K]> {
    const record = await this.find(kind, id)
    if (record === null) throw missing(this.providerName, kind, id)
    return record
  }

  /** What this draft has made or looked at of one kind. */
  seen<K extends ObjectKind>(kind: K): Array<SandboxObjects[K]> {
    const records = [...this.#entries.values()].map(({ record }) => record)
    return records.filter((record): record is SandboxObjects[K] => record.object === kind)
  }

  add<T extends SandboxObject>(record: T): T {
    this.#entries.set(objectKey(record.object, record.id), { record, dueKey: null, isChanged: true, isNew: true })
    return record
  }

  save(record: SandboxObject): void {
    const entry = this.#entries.get(objectKey(record.object, record.id))
    if (entry) entry.isChanged = true
  }

  /** Saves the object and queues a webhook about it. */
  emit(type: SandboxEventType, object: ToldObject): void {
    if (object.object !== 'told_charge') this.save(object)
    this.#events.push({ type, object })
  }

  nextInvoiceNumber(): string {
    this.#counters.invoice += 1
    return `SBX-${String(this.#counters.invoice).padStart(6, '0')}`
  }

  get isEmpty(): boolean {
    return this.#events.length === 0 && ![...this.#entries.values()].some((entry) => entry.isChanged)
  }

  async commit(): Promise<Committed> {
    const committed: Committed = { queued: this.#events.length, dueRemoved: [], dueAdded: [] }
    if (this.isEmpty) return committed
    for (const entry of this.#entries.values()) {
      if (entry.isChanged) await this.#write(entry, committed)
    }
    for (const event of this.#events) await this.#queue(event)
    await this.#store.put(countersKey, this.#counters)
    return committed
  }

  async #write(entry: Entry, committed: Committed): Promise<void> {
    const { record } = entry
    const dueAt = dueAtOf(record)
    const dueKey = dueAt === null ? null : `${duePrefix}${dueAt}/${record.object}/${record.id}`
    if (dueKey !== entry.dueKey) {
      if (entry.dueKey !== null) {
        await this.#store.delete(entry.dueKey)
        committed.dueRemoved.push(entry.dueKey)
      }
      if (dueKey !== null) {
        await this.#store.put(dueKey, true)
        committed.dueAdded.push(dueKey)
      }
    }
    await this.#store.put(objectKey(record.object, record.id), { record, dueKey } satisfies Row)
    if (entry.isNew) await this.#index(record)
  }

  async #index(record: SandboxObject): Promise<void> {
    const folder = listFolder(record)
    if (folder === null) return
    this.#counters.row += 1
    await this.#store.put(`${folder}${padded(this.#counters.row)}`, record.id)
  }

  async #queue({ type, object }: { type: SandboxEventType; object: ToldObject }): Promise<void> {
    this.#counters.event += 1
    const sequence = this.#counters.event
    const id = newId('event')
    const body = JSON.stringify({ id, type, occurred_at: this.at.toISOString(), sequence, data: object })
    const queued: QueuedWebhook = { id, type, sequence, body, attempts: 0, nextAttemptAt: null }
    await this.#store.put(`${queuePrefix}${object.customer}/${padded(sequence)}`, queued)
  }
}

export const listPrefixes = {
  subscription: 'list/subscription/',
  invoice: 'list/invoice/',
  usage_record: 'list/usage_record/',
} as const

/** Lists are kept by customer, invoices also by subscription, so that reading one tenant's does not read everybody's. */
function listFolder(record: SandboxObject): string | null {
  if (record.object === 'subscription') return `${listPrefixes.subscription}${record.customer}/`
  if (record.object === 'usage_record') return `${listPrefixes.usage_record}${record.customer}/`
  if (record.object === 'invoice') return `${listPrefixes.invoice}${record.customer}/${record.subscription}/`
  return null
}

export async function findObject<K extends ObjectKind>(
  store: StateStore,
  kind: K,
  id: string,
): Promise<SandboxObjects[K] | null> {
  const row = await store.get<Row>(objectKey(kind, id))
  return row === null ? null : (row.record as SandboxObjects[K])
}

/** All of one kind, in the order of their ids. */
export async function listRecords<K extends ObjectKind>(store: StateStore, kind: K): Promise<Array<SandboxObjects[K]>> {
  return (await store.list<Row>(objectKey(kind, ''))).map(({ value }) => value.record as SandboxObjects[K])
}

export function missing(providerName: string, kind: ObjectKind, id: string): Error {
  return sandboxError(providerName, 'resource_missing', `The sandbox has no ${kind.replace('_', ' ')} "${id}".`)
}
