import type { StateStore } from '../providers/provider.ts'

/** Any StateStore, whose next `exclusively` may be told to keep its work and throw all the same, as when a connection breaks at the commit. */
export interface ForgetfulStateStore extends StateStore {
  loseNextAnswer(): void
}

export function forgetfulStateStore(store: StateStore): ForgetfulStateStore {
  let losesNextAnswer = false
  return {
    get: (key) => store.get(key),
    put: (key, value) => store.put(key, value),
    delete: (key) => store.delete(key),
    list: (prefix) => store.list(prefix),
    exclusively: async (work) => {
      const result = await store.exclusively(work)
      if (!losesNextAnswer) return result
      losesNextAnswer = false
      throw new Error('the connection broke after the commit')
    },
    loseNextAnswer: () => {
      losesNextAnswer = true
    },
  }
}
