import type { StateStore } from '../providers/provider.ts'

/** A StateStore in memory: values are copied as JSON in and out, `exclusively` runs one at a time and rolls back when its work throws. */
export class MemoryStateStore implements StateStore {
  #rows = new Map<string, string>()
  #last: Promise<unknown> = Promise.resolve()

  async get<T>(key: string): Promise<T | null> {
    return readRow<T>(this.#rows, key)
  }

  put(key: string, value: unknown): Promise<void> {
    return this.exclusively((store) => store.put(key, value))
  }

  delete(key: string): Promise<void> {
    return this.exclusively((store) => store.delete(key))
  }

  async list<T>(prefix: string): Promise<Array<{ key: string; value: T }>> {
    return listRows<T>(this.#rows, prefix)
  }

  exclusively<T>(work: (store: StateStore) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const draft = new Map(this.#rows)
      const result = await work(storeOver(draft))
      this.#rows = draft
      return result
    })
    // The next turn comes whether this one failed or not; the failure belongs to its caller.
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

function storeOver(rows: Map<string, string>): StateStore {
  return {
    get: async <T>(key: string) => readRow<T>(rows, key),
    put: async (key, value) => {
      rows.set(key, JSON.stringify(value))
    },
    delete: async (key) => {
      rows.delete(key)
    },
    list: async <T>(prefix: string) => listRows<T>(rows, prefix),
    exclusively: () => {
      throw new Error('exclusively() was called inside exclusively(): a store over a database would wait for itself')
    },
  }
}

function readRow<T>(rows: ReadonlyMap<string, string>, key: string): T | null {
  const text = rows.get(key)
  return text === undefined ? null : (JSON.parse(text) as T)
}

function listRows<T>(rows: ReadonlyMap<string, string>, prefix: string): Array<{ key: string; value: T }> {
  const keys = [...rows.keys()].filter((key) => key.startsWith(prefix)).sort()
  return keys.map((key) => ({ key, value: JSON.parse(rows.get(key) ?? 'null') as T }))
}
