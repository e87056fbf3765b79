import type pg from 'pg'
import type { BasePaymentProvider } from '../../src/providers/provider.ts'

/** Where a process dies: at its n-th statement, commit or call from when this was planned; before it, or when it is done and not heard of. */
export interface Crash {
  at: 'statement' | 'commit' | 'call'
  nth: number
  when: 'before' | 'after'
}

export class CrashError extends Error {
  override name = 'CrashError'
  constructor() {
    super('this process is dead')
  }
}

/** Everything that a process does to the world outside goes through here; nothing does any more once it is dead. */
export class Fate {
  isDead = false
  #planned: Crash[] = []
  readonly #connections = new Set<pg.PoolClient>()

  plan(crash: Crash): void {
    this.#planned.push({ ...crash })
  }

  spare(): void {
    this.#planned = []
  }

  async through<T>(kinds: ReadonlyArray<Crash['at']>, work: () => Promise<T>): Promise<T> {
    if (this.isDead) throw new CrashError()
    const when = this.#dueAt(kinds)
    if (when === 'before') this.#die()
    const result = await work()
    if (when === 'after') this.#die()
    if (this.isDead) throw new CrashError()
    return result
  }

  /** Its connections break as those of a killed process do: whatever was not committed is undone. */
  holds(connection: pg.PoolClient): void {
    this.#connections.add(connection)
    const query = connection.query
    const fated = (...input: unknown[]): Promise<unknown> =>
      this.through(isCommit(input[0]) ? ['statement', 'commit'] : ['statement'], () =>
        Promise.resolve(Reflect.apply(query, connection, input)),
      )
    Reflect.set(connection, 'query', (...input: unknown[]) => {
      const hear = input.at(-1)
      if (typeof hear !== 'function') return fated(...input)
      // The pool's own queries hear by a callback and look at no promise.
      fated(...input.slice(0, -1)).then(
        (result) => hear(null, result),
        (error) => hear(error),
      )
    })
    if (this.isDead) void breakOff(connection)
  }

  #dueAt(kinds: ReadonlyArray<Crash['at']>): Crash['when'] | null {
    for (const crash of this.#planned) {
      if (!kinds.includes(crash.at)) continue
      crash.nth -= 1
      if (crash.nth === 0) return crash.when
    }
    return null
  }

  #die(): never {
    this.isDead = true
    for (const connection of this.#connections) void breakOff(connection)
    throw new CrashError()
  }
}

const breakOff = (connection: pg.PoolClient): Promise<void> =>
  Reflect.apply(Reflect.get(connection, 'end'), connection, []).catch(() => undefined)

/** The closing statements of a transaction travel with its commit. */
const isCommit = (query: unknown): boolean => typeof query === 'string' && query.endsWith('commit')

/** What reads only what it is given. */
const pure: ReadonlySet<string | symbol> = new Set(['constructWebhookEvent', 'handleWebhookEvent', 'webhookReply'])

/** The same provider, whose calls are a process's own. */
export function fatedProvider<T extends BasePaymentProvider>(provider: T, fate: Fate): T {
  return fated(provider, fate)
}

function fated<T extends object>(provider: T, fate: Fate): T {
  return new Proxy(provider, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target)
      // Data: looking at it calls nobody.
      if (key === 'capabilities') return value
      if (typeof value === 'object' && value !== null) return fated(value, fate)
      if (typeof value !== 'function') return value
      const call = (...input: unknown[]): unknown => Reflect.apply(value, target, input)
      if (pure.has(key)) return call
      return (...input: unknown[]) => fate.through(['call'], () => Promise.resolve(call(...input)))
    },
  })
}
