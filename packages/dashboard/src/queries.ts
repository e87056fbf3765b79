import { MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import * as api from './api.ts'
import type { PortalSession } from './objects.ts'

const isSessionOver = (error: unknown) => error instanceof api.ApiError && error.status === 401

/** Nothing is retried that the API has answered: a refusal does not change by asking again. */
const isWorthRetrying = (failures: number, error: unknown) =>
  failures < 2 && error instanceof api.ApiError && error.isUnclear

export const queries = {
  /** null: nobody is signed in. */
  session: queryOptions({
    queryKey: ['session'],
    queryFn: async (): Promise<PortalSession | null> => {
      try {
        return await api.getPortalSession()
      } catch (error) {
        if (isSessionOver(error)) return null
        throw error
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  }),
  config: queryOptions({ queryKey: ['config'], queryFn: api.getConfig }),
  plans: queryOptions({ queryKey: ['plans'], queryFn: api.listPlans }),
  current: queryOptions({ queryKey: ['subscription', 'current'], queryFn: api.findCurrentSubscription }),
  change: (subscriptionId: string, priceId: string) =>
    queryOptions({
      queryKey: ['change', subscriptionId, priceId],
      queryFn: () => api.previewChange(subscriptionId, priceId),
      // What it shows holds for minutes only.
      staleTime: 0,
      gcTime: 0,
    }),
  overview: queryOptions({ queryKey: ['subscription', 'overview'], queryFn: api.getOverview }),
}

/** One client for the page. Any 401, from whatever call, ends the session on the page too. */
export function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (isSessionOver(error)) client.setQueryData(queries.session.queryKey, null)
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // 'always': without a network a call must fail visibly now, not wait in silence and run later.
      queries: { retry: isWorthRetrying, retryDelay: 800, networkMode: 'always', staleTime: 10_000 },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
  return client
}
