import { randomBytes } from 'node:crypto'
import { errorMessage } from '../../primitives/index.ts'
import type { ProviderHost } from '../provider.ts'
import { type QueuedWebhook, queuePrefix } from './state.ts'
import { signatureHeaders } from './verify-webhook.ts'

/** Waits between attempts; when they are used up the webhook is set aside, as real providers do, and its line goes on. */
const backoffSeconds = [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400]
const requestTimeoutMs = 10_000
/** Outlives one request, so that another process takes over only from one that is gone. */
const leaseMs = 15_000
const linesAtOnce = 4
const leaseKey = 'meta/delivery-lease'
const setAsidePrefix = 'undelivered/'

export interface DeliveryFailure {
  id: string
  type: string
  error: string
}
export interface DeliveryPass {
  delivered: number
  pending: number
  failures: DeliveryFailure[]
}
interface Lease {
  owner: string
  untilMs: number
}
interface QueueRow {
  key: string
  value: QueuedWebhook
}

/**
 * Sends what is queued, one customer's webhooks one after another and several customers at once. At least once: a crash between the answer
 * and its note sends again, under the same id.
 */
export class Deliverer {
  readonly #host: ProviderHost
  readonly #keys: () => Promise<Buffer[]>
  readonly #owner = randomBytes(8).toString('hex')
  #lastPass: Promise<unknown> = Promise.resolve()

  constructor(host: ProviderHost, keys: () => Promise<Buffer[]>) {
    this.#host = host
    this.#keys = keys
  }

  /** `isForced` tries at once what waits for its next attempt. Passes of this process follow each other. */
  run({ isForced }: { isForced: boolean }): Promise<DeliveryPass> {
    const pass = this.#lastPass.then(() => this.#pass(isForced))
    // The caller of that pass is told of its failure; the next pass must come all the same.
    this.#lastPass = pass.catch(() => undefined)
    return pass
  }

  async pendingCount(): Promise<number> {
    return (await this.#queue()).length
  }

  #queue(): Promise<QueueRow[]> {
    return this.#host.stateStore.list<QueuedWebhook>(queuePrefix)
  }

  async #pass(isForced: boolean): Promise<DeliveryPass> {
    const result: DeliveryPass = { delivered: 0, pending: 0, failures: [] }
    const nowMs = this.#host.clock.now().getTime()
    const isDue = (row: QueueRow) => isForced || Date.parse(row.value.nextAttemptAt ?? '1970-01-01') <= nowMs
    const lines = linesOf(await this.#queue()).filter(([first]) => first !== undefined && isDue(first))
    if (lines.length > 0 && (await this.#holdLease())) {
      const keys = await this.#keys()
      const next = lines[Symbol.iterator]()
      await Promise.all(Array.from({ length: linesAtOnce }, () => this.#work(next, keys, result)))
      await this.#releaseLease()
    }
    result.pending = await this.pendingCount()
    return result
  }

  /** Takes lines from the shared iterator until none is left. */
  async #work(lines: Iterable<QueueRow[]>, keys: Buffer[], result: DeliveryPass): Promise<void> {
    for (const line of lines) {
      for (const row of line) {
        const error = await this.#send(row.value, keys)
        if (error === null) {
          await this.#acknowledged(row)
          result.delivered += 1
          continue
        }
        result.failures.push({ id: row.value.id, type: row.value.type, error })
        // What follows on this line may build on it, so it waits too.
        if (!(await this.#failed(row, error))) break
      }
    }
  }

  /** Null once a 2xx came, else what went wrong. */
  async #send(webhook: QueuedWebhook, keys: Buffer[]): Promise<string | null> {
    try {
      const response = await this.#host.fetch(this.#host.webhookUrl, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          ...signatureHeaders(keys, webhook.id, webhook.body, this.#host.clock.now()),
        },
        body: webhook.body,
        signal: AbortSignal.timeout(requestTimeoutMs),
      })
      await response.body?.cancel()
      return response.ok ? null : `answered ${response.status}`
    } catch (cause) {
      return errorMessage(cause)
    }
  }

  #acknowledged(row: QueueRow): Promise<void> {
    return this.#host.stateStore.exclusively(async (store) => {
      await store.delete(row.key)
      await store.put(leaseKey, this.#lease())
    })
  }

  /** Whether it was given up, so that its line may go on. */
  #failed(row: QueueRow, error: string): Promise<boolean> {
    const attempts = row.value.attempts + 1
    const waitSeconds = backoffSeconds[attempts - 1]
    const facts = { webhook_id: row.value.id, type: row.value.type, attempts, error }
    this.#host.logger.warn(facts, 'a sandbox webhook was not acknowledged')
    return this.#host.stateStore.exclusively(async (store) => {
      await store.put(leaseKey, this.#lease())
      if (waitSeconds === undefined) {
        await store.delete(row.key)
        await store.put(setAsidePrefix + row.value.id, { ...row.value, attempts, error })
        return true
      }
      const nextAttemptAt = new Date(this.#host.clock.now().getTime() + waitSeconds * 1000).toISOString()
      await store.put(row.key, { ...row.value, attempts, nextAttemptAt } satisfies QueuedWebhook)
      return false
    })
  }

  #lease(): Lease {
    return { owner: this.#owner, untilMs: this.#host.clock.now().getTime() + leaseMs }
  }

  #holdLease(): Promise<boolean> {
    return this.#host.stateStore.exclusively(async (store) => {
      const held = await store.get<Lease>(leaseKey)
      if (held && held.owner !== this.#owner && held.untilMs > this.#host.clock.now().getTime()) return false
      await store.put(leaseKey, this.#lease())
      return true
    })
  }

  #releaseLease(): Promise<void> {
    return this.#host.stateStore.exclusively((store) => store.delete(leaseKey))
  }
}

/** Rows come in key order: by customer, then by sequence. */
function linesOf(rows: QueueRow[]): QueueRow[][] {
  const lines = Map.groupBy(rows, ({ key }) => key.slice(0, key.lastIndexOf('/')))
  return [...lines.values()]
}
