interface Waiting<In, Out> {
  input: In
  resolve(output: Out): void
  reject(error: unknown): void
}

/**
 * Lets inputs of one key go together: while some are worked on, those that arrive wait, and go next, as one. So the more crowded a key is, the
 * less each of its inputs costs; one that comes alone never waits. Keys know nothing of each other.
 */
export class Convoy<In, Out> {
  readonly #work: (key: string, inputs: In[]) => Promise<Out[]>
  readonly #sizeAtMost: number
  readonly #waiting = new Map<string, Array<Waiting<In, Out>>>()

  /** `work` answers for each input, in order. When it throws for several, each is tried by itself, so that none fails for another. */
  constructor(options: { work(key: string, inputs: In[]): Promise<Out[]>; sizeAtMost: number }) {
    this.#work = options.work
    this.#sizeAtMost = options.sizeAtMost
  }

  add(key: string, input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      const one = { input, resolve, reject }
      const line = this.#waiting.get(key)
      if (line) {
        line.push(one)
        return
      }
      this.#waiting.set(key, [one])
      void this.#workOff(key)
    })
  }

  async #workOff(key: string): Promise<void> {
    const line = this.#waiting.get(key) ?? []
    while (line.length > 0) await this.#workOn(key, line.splice(0, this.#sizeAtMost))
    this.#waiting.delete(key)
  }

  async #workOn(key: string, together: Array<Waiting<In, Out>>): Promise<void> {
    try {
      const outputs = await this.#work(
        key,
        together.map(({ input }) => input),
      )
      for (const [n, { resolve }] of together.entries()) resolve(outputs[n] as Out)
    } catch (error) {
      const [first] = together
      if (together.length === 1) first?.reject(error)
      else for (const one of together) await this.#workOn(key, [one])
    }
  }
}
