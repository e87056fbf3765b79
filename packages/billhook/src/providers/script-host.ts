import { BillhookError, systemClock } from '../primitives/index.ts'
import type { Environment } from './environment-provider.ts'
import type { ProviderHost, StateStore } from './provider.ts'

const nothing = () => undefined

/** What a provider is given where there is no installation around it: the wall clock, plain fetch, no log, and no place to keep state. */
export function scriptHost(providerName: string, environment: Environment): ProviderHost {
  const baseUrl = (environment.BILLHOOK_URL?.trim() || 'http://localhost:4242').replace(/\/+$/, '')
  return {
    providerName,
    baseUrl,
    webhookUrl: `${baseUrl}/api/v1/billing/webhooks/${providerName}/`,
    clock: systemClock,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    stateStore: noStateStore(providerName),
    fetch,
  }
}

function noStateStore(providerName: string): StateStore {
  // A store that forgets would be worse than none: what a script did would be gone, and nobody would know.
  const refuse = () =>
    Promise.reject(
      new BillhookError(
        'no_state_store',
        `${providerName} keeps state of its own: give fromEnvironment a host with a stateStore.`,
        { status: 500, facts: { provider: providerName } },
      ),
    )
  return { get: refuse, put: refuse, delete: refuse, list: refuse, exclusively: refuse }
}
