interface Waiting<In, Out> {
  input: In
  resolve(output: Out): void
  reject(error: unknown): void
}

export interface GathererOptions<In, Out> {
  /** Works on a batch; answers for each of its inputs, in order. When it throws, each of them gets the error. */
  work(batch: In[]): Promise<Out[]>
  /** Inputs of one key are worked on one after another, in order. */
  keyOf(input: In): string
  /** Inputs in a batch. */
  sizeAtMost: number
  /** Batches being worked on at the same time. */
  batchesAtMost: number
  /**
   * Whether what is here is shared out, so that all batches have something to do: while one waits for its answers, another prepares its
   * questions. Otherwise the first takes all it may, which costs less in all.
   */
  sharesOut: boolean
  /** How long a batch waits for company, in milliseconds, 0 for what is on its way already; what came alone last time does not wait. */
  lingerMs: number
}

/** A turn of the event loop is enough for all who were answered together and ask again. */
const linger = (ms: number): Promise<void> =>
  new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)))

/**
 * Makes batches of what arrives at about the same time, so that the busier it gets, the less each costs. A single input with nobody near
 * it is worked on at once.
 */
export class Gatherer<In, Out> {
  readonly #options: GathererOptions<In, Out>
  #waiting: Array<Waiting<In, Out>> = []
  readonly #keysInWork = new Set<string>()
  #lanes = 0
  #isBusy = false

  constructor(options: GathererOptions<In, Out>) {
    this.#options = options
  }

  add(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject })
      if (this.#lanes < this.#options.batchesAtMost) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#lanes += 1
    while (this.#waiting.length > 0) {
      if (this.#isBusy) await linger(this.#options.lingerMs)
      const batch = this.#takeBatch()
      // The rest waits for others of their keys, whose lane comes back for them.
      if (batch.length === 0) break
      if (this.#waiting.length > 0 && this.#lanes < this.#options.batchesAtMost) void this.#work()
      this.#isBusy = batch.length > 1 || this.#lanes > 1
      await this.#workOn(batch)
      for (const { input } of batch) this.#keysInWork.delete(this.#options.keyOf(input))
    }
    this.#lanes -= 1
  }

  async #workOn(batch: Array<Waiting<In, Out>>): Promise<void> {
    try {
      const outputs = await this.#options.work(batch.map(({ input }) => input))
      for (const [n, { resolve }] of batch.entries()) resolve(outputs[n] as Out)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  #share(): number {
    const { sizeAtMost, batchesAtMost, sharesOut } = this.#options
    if (!sharesOut) return sizeAtMost
    return Math.min(sizeAtMost, Math.ceil((this.#waiting.length + this.#keysInWork.size) / batchesAtMost))
  }

  #takeBatch(): Array<Waiting<In, Out>> {
    const batch: Array<Waiting<In, Out>> = []
    const left: Array<Waiting<In, Out>> = []
    // A later one of a key must not overtake one that has to wait, either.
    const held = new Set(this.#keysInWork)
    const sizeAtMost = this.#share()
    for (const one of this.#waiting) {
      const key = this.#options.keyOf(one.input)
      const isFree = batch.length < sizeAtMost && !held.has(key)
      held.add(key)
      if (isFree) batch.push(one)
      else left.push(one)
    }
    this.#waiting = left
    for (const { input } of batch) this.#keysInWork.add(this.#options.keyOf(input))
    return batch
  }
}
