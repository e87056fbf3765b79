import { BillhookError } from '../primitives/errors.ts'
import { deliverUsage } from './deliver-usage.ts'
import { lockOutbox } from './lock-outbox.ts'
import type { UsageOptions } from './options.ts'
import type { Service } from './service.ts'
import type { RejectedUsage, UsageEntry } from './usage-entry.ts'
import { type Segment, UsageFile } from './usage-file.ts'

interface OutboxHost {
  service: Service
  onError(error: unknown): void
  /** What is on its way, by this process or an earlier one. */
  onKept(entry: UsageEntry): void
  /** What is on its way no longer. */
  onSettled(entries: readonly UsageEntry[]): void
}

const longestWaitMs = 60_000

/** Usage on its way to the service: kept on disk before it is promised, sent until it is taken, with the same ids, in the order in which it was recorded. */
export class UsageOutbox {
  readonly #file: UsageFile
  readonly #options: Required<Omit<UsageOptions, 'onDropped' | 'directory' | 'fsync'>> & Pick<UsageOptions, 'onDropped'>
  readonly #host: OutboxHost
  readonly #unlock: () => Promise<void>
  #count = 0
  #isClosed = false
  #failures = 0
  #timer: NodeJS.Timeout | null = null
  #delivering: Promise<boolean> | null = null
  /** Organizations whose part of a file was taken while another's was not. */
  readonly #done = new Map<string, Set<string>>()

  private constructor(options: UsageOptions, host: OutboxHost, unlock: () => Promise<void>) {
    const { deliverEveryMs = 1_000, maxEvents = 100_000, whenFull = 'refuse', onDropped, onRejected } = options
    this.#options = { deliverEveryMs, maxEvents, whenFull, onDropped, onRejected }
    this.#file = new UsageFile(options.directory, options.fsync ?? 'always')
    this.#host = host
    this.#unlock = unlock
  }

  /** Errors: `usage_outbox_in_use` for a directory of a process that lives; `on_dropped_required`. */
  static async open(options: UsageOptions, host: OutboxHost): Promise<UsageOutbox> {
    if (options.whenFull === 'drop_oldest' && !options.onDropped)
      throw new BillhookError(
        'on_dropped_required',
        'Whoever drops the oldest events gives onDropped, to hear of them.',
      )
    const outbox = new UsageOutbox(options, host, await lockOutbox(options.directory))
    for (const entry of await outbox.#file.open()) {
      outbox.#count += 1
      host.onKept(entry)
    }
    outbox.#schedule()
    return outbox
  }

  /** How many wait to be delivered. */
  get waiting(): number {
    return this.#count
  }

  /** Kept when it resolves. Errors: `usage_outbox_full`, `usage_outbox_closed`, whatever the disk says. */
  async record(entry: UsageEntry): Promise<void> {
    if (this.#isClosed) throw new BillhookError('usage_outbox_closed', 'The client was closed.')
    while (this.#count >= this.#options.maxEvents) await this.#makeRoom()
    // Counted before it is written: those that are recorded together must not exceed the bound together.
    this.#count += 1
    try {
      await this.#file.append([entry])
    } catch (error) {
      this.#count -= 1
      throw error
    }
    this.#host.onKept(entry)
  }

  /** Delivers what there is; false: something is left. */
  flush(): Promise<boolean> {
    this.#delivering ??= this.#deliver().finally(() => {
      this.#delivering = null
    })
    return this.#delivering
  }

  /** What is not delivered by now is delivered by the next process. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#delivering?.catch(() => undefined)
    await this.#file.close()
    await this.#unlock()
  }

  #schedule(): void {
    if (this.#isClosed) return
    const waitMs = Math.min(longestWaitMs, this.#options.deliverEveryMs * 2 ** this.#failures)
    this.#timer = setTimeout(() => void this.flush().finally(() => this.#schedule()), waitMs)
    this.#timer.unref()
  }

  async #deliver(): Promise<boolean> {
    try {
      for (const segment of await this.#file.seal()) {
        if (this.#isClosed) return false
        await this.#deliverSegment(segment)
      }
      this.#failures = 0
      return true
    } catch (error) {
      this.#failures = Math.min(this.#failures + 1, 10)
      this.#host.onError(error)
      return false
    }
  }

  async #deliverSegment(segment: Segment): Promise<void> {
    const done = this.#done.get(segment.path) ?? new Set()
    this.#done.set(segment.path, done)
    const entries = await this.#file.read(segment)
    for (const [organization, own] of Map.groupBy(entries, (entry) => entry.organization)) {
      if (done.has(organization)) continue
      const rejected = await deliverUsage(this.#host.service, organization, own)
      this.#tell(rejected)
      done.add(organization)
      this.#host.onSettled(own)
    }
    await this.#forget(segment)
  }

  async #forget(segment: Segment): Promise<void> {
    await this.#file.remove(segment)
    this.#done.delete(segment.path)
    this.#count -= segment.entries
  }

  #tell(rejected: readonly RejectedUsage[]): void {
    if (rejected.length > 0) this.#options.onRejected(rejected)
  }

  async #makeRoom(): Promise<void> {
    const { whenFull, maxEvents } = this.#options
    if (whenFull === 'refuse')
      throw new BillhookError('usage_outbox_full', `${maxEvents} events wait to be delivered.`, { status: 503 })
    // What is being delivered may be taken: it is not dropped. And two never drop the same.
    while (this.#delivering) await this.#delivering
    this.#delivering = this.#dropOldest().finally(() => {
      this.#delivering = null
    })
    await this.#delivering
  }

  async #dropOldest(): Promise<boolean> {
    const [oldest] = await this.#file.seal()
    if (!oldest) return false
    const entries = await this.#file.read(oldest)
    await this.#forget(oldest)
    this.#options.onDropped?.(entries)
    for (const own of Map.groupBy(entries, (entry) => entry.organization).values()) this.#host.onSettled(own)
    return false
  }
}
