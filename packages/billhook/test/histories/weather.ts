import type { Storm } from './history.ts'
import type { Message } from './world.ts'

/** Delivers as the worst network would: some never, some often, many late, in any order. The seed of the storm decides. */
export class Weather {
  readonly #chance: () => number
  readonly #lost: number
  #underWay: Array<{ message: Message; rounds: number }> = []

  constructor({ seed, lost }: Storm) {
    this.#chance = chanceOf(seed)
    this.#lost = lost
  }

  /** `isLast`: the storm is over, and nothing is lost any more. */
  take(messages: readonly Message[], { isLast }: { isLast: boolean }): void {
    for (const message of messages) {
      if (!isLast && this.#chance() * 100 < this.#lost) continue
      const copies = this.#chance() < 0.7 ? 1 : 2
      for (let copy = 0; copy < copies; copy++) {
        const rounds = this.#chance() < 0.55 ? 0 : 1 + Math.floor(this.#chance() * 3)
        this.#underWay.push({ message, rounds })
      }
    }
  }

  /** What was not acknowledged is sent again. */
  giveBack(messages: readonly Message[]): void {
    this.#underWay.push(...messages.map((message) => ({ message, rounds: 0 })))
  }

  /** What arrives in this round; all that is still under way, at the end. */
  arrivals({ isLast }: { isLast: boolean }): Message[] {
    const arriving = this.#underWay.filter(({ rounds }) => isLast || rounds === 0)
    this.#underWay = this.#underWay
      .filter((one) => !arriving.includes(one))
      .map(({ message, rounds }) => ({ message, rounds: rounds - 1 }))
    return arriving
      .map(({ message }) => ({ message, place: this.#chance() }))
      .sort((a, b) => a.place - b.place)
      .map(({ message }) => message)
  }

  get isOver(): boolean {
    return this.#underWay.length === 0
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
