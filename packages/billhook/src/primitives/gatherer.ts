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
}

/**
 * Makes one batch of what arrives while earlier batches are being worked on. Nothing waits for company: a single input is a batch at once, and
 * the busier it gets, the less each costs.
 */
export class Gatherer<In, Out> {
  readonly #options: GathererOptions<In, Out>
  #waiting: Array<Waiting<In, Out>> = []
  readonly #keysInWork = new Set<string>()
  #batches = 0

  constructor(options: GathererOptions<In, Out>) {
    this.#options = options
  }

  add(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject })
      void this.#workOnWaiting()
    })
  }

  async #workOnWaiting(): Promise<void> {
    while (this.#batches < this.#options.batchesAtMost) {
      const batch = this.#takeBatch()
      if (batch.length === 0) return
      this.#batches += 1
      await this.#workOn(batch)
      this.#batches -= 1
      for (const { input } of batch) this.#keysInWork.delete(this.#options.keyOf(input))
    }
  }

  async #workOn(batch: Array<Waiting<In, Out>>): Promise<void> {
    try {
      const outputs = await this.#options.work(batch.map(({ input }) => input))
      for (const [n, { resolve }] of batch.entries()) resolve(outputs[n] as Out)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  #takeBatch(): Array<Waiting<In, Out>> {
    const batch: Array<Waiting<In, Out>> = []
    const left: Array<Waiting<In, Out>> = []
    // A later one of a key must not overtake one that has to wait, either.
    const held = new Set(this.#keysInWork)
    for (const one of this.#waiting) {
      const key = this.#options.keyOf(one.input)
      const isFree = batch.length < this.#options.sizeAtMost && !held.has(key)
      held.add(key)
      if (isFree) batch.push(one)
      else left.push(one)
    }
    this.#waiting = left
    for (const { input } of batch) this.#keysInWork.add(this.#options.keyOf(input))
    return batch
  }
}
