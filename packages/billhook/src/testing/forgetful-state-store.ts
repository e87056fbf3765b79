import type { StateStore } from '../providers/provider.ts'

/** Any StateStore that can be told to fail: it keeps its work and throws all the same, or it does nothing at all. */
export interface ForgetfulStateStore extends StateStore {
  /** The next `exclusively` is kept, and throws, as when a connection breaks at the commit. */
  loseNextAnswer(): void
  /** The next call throws and does nothing, as when there is no connection. */
  cutNextCall(): void
}

export function forgetfulStateStore(store: StateStore): ForgetfulStateStore {
  let losesNextAnswer = false
  let cutsNextCall = false
  const reach = () => {
    if (!cutsNextCall) return store
    cutsNextCall = false
    throw new Error('there is no connection')
  }
  return {
    get: async (key) => reach().get(key),
    put: async (key, value) => reach().put(key, value),
    delete: async (key) => reach().delete(key),
    list: async (prefix) => reach().list(prefix),
    exclusively: async (work) => {
      const result = await reach().exclusively(work)
      if (!losesNextAnswer) return result
      losesNextAnswer = false
      throw new Error('the connection broke after the commit')
    },
    loseNextAnswer: () => {
      losesNextAnswer = true
    },
    cutNextCall: () => {
      cutsNextCall = true
    },
  }
}
