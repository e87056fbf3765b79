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

/** Enough for all who were answered together and ask again. */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Makes batches of what arrives at about the same time, so that the busier it gets, the less each costs. A single input with nobody near
 * it is worked on at once; where others were last time, what is on its way already is waited for.
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
      if (this.#isBusy) await turnOfTheLoop()
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
