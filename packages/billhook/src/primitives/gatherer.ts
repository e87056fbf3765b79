interface Waiting<In, Out> {
  input: In
  resolve(output: Out): void
  reject(error: unknown): void
}

export interface GathererOptions<In, Out> {
  /** Works on a batch; answers for each of its inputs, in order. When it throws, each of them gets the error. */
  work(batch: In[]): Promise<Out[]>
  /** Inputs of one key are never in one batch: the later ones wait for the next. */
  keyOf(input: In): string
  atMost: number
}

/**
 * Makes one batch of what arrives while the last batch is being worked on. Nothing waits for company: a single input is a batch at once, and
 * the busier it gets, the less each costs.
 */
export class Gatherer<In, Out> {
  readonly #options: GathererOptions<In, Out>
  #waiting: Array<Waiting<In, Out>> = []
  #isWorking = false

  constructor(options: GathererOptions<In, Out>) {
    this.#options = options
  }

  add(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject })
      if (!this.#isWorking) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      try {
        const outputs = await this.#options.work(batch.map(({ input }) => input))
        for (const [n, { resolve }] of batch.entries()) resolve(outputs[n] as Out)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isWorking = false
  }

  #takeBatch(): Array<Waiting<In, Out>> {
    const batch: Array<Waiting<In, Out>> = []
    const left: Array<Waiting<In, Out>> = []
    const keys = new Set<string>()
    for (const one of this.#waiting) {
      const key = this.#options.keyOf(one.input)
      if (batch.length < this.#options.atMost && !keys.has(key)) batch.push(one)
      else left.push(one)
      // A later one of the key must not overtake this one either.
      keys.add(key)
    }
    this.#waiting = left
    return batch
  }
}
