import { type FixedClock, fixedClock } from '../primitives/index.ts'
import type { ProviderHost, ProviderRoute, StateStore } from '../providers/provider.ts'
import { type SandboxOptions, SandboxProvider, testCards } from '../providers/sandbox/index.ts'
import { webhookKeys } from '../providers/sandbox/options.ts'
import { signatureHeaders } from '../providers/sandbox/verify-webhook.ts'
import type { ContractCard, ContractHarness, RawWebhook } from './contract/harness.ts'
import { type ForgetfulStateStore, forgetfulStateStore } from './forgetful-state-store.ts'
import { MemoryStateStore } from './memory-state-store.ts'

/** A sandbox without a service around it: state in memory, a clock that stands still, webhooks captured instead of sent. */
export interface SandboxHarness {
  provider: SandboxProvider
  host: ProviderHost
  clock: FixedClock
  stateStore: ForgetfulStateStore
  captured: RawWebhook[]
  /** What the receiver answers: `statusOf` where it depends on the webhook. What it answered 2xx is captured. */
  answer: { status: number; statusOf?: (webhook: RawWebhook) => number }
  /** Sees every attempt, the failing ones too. */
  onRequest: (webhook: RawWebhook) => void
  /** Calls one of the provider's routes the way a host mounts them. */
  call(method: 'GET' | 'POST', path: string, init?: RequestInit): Promise<Response>
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export function createSandboxHarness(
  options: SandboxOptions & { startAt?: string; stateStore?: StateStore } = {},
): SandboxHarness {
  const clock = fixedClock(options.startAt ?? '2026-01-31T10:00:00Z')
  const stateStore = forgetfulStateStore(options.stateStore ?? new MemoryStateStore())
  const captured: RawWebhook[] = []
  const answer: SandboxHarness['answer'] = { status: 200 }
  const host: ProviderHost = {
    providerName: 'sandbox',
    baseUrl: 'http://billhook.test',
    webhookUrl: 'http://billhook.test/api/v1/billing/webhooks/sandbox/',
    clock,
    logger: quiet,
    stateStore,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const webhook = { body: await request.bytes(), headers: request.headers }
      harness.onRequest(webhook)
      const status = answer.statusOf?.(webhook) ?? answer.status
      if (status < 300) captured.push(webhook)
      return new Response(null, { status })
    },
  }
  const provider = new SandboxProvider(host, { deliveryRetryDelaysMs: [1, 1], ...options })
  const call = (method: 'GET' | 'POST', path: string, init: RequestInit = {}) => {
    const url = new URL(path, host.baseUrl)
    const { route, parameters } = findRoute(provider.routes, method, url.pathname.replace('/sandbox', ''))
    return route.handle(new Request(url, { ...init, method }), parameters)
  }
  const harness: SandboxHarness = { provider, host, clock, stateStore, captured, answer, onRequest: () => {}, call }
  return harness
}

function findRoute(routes: readonly ProviderRoute[], method: string, path: string) {
  for (const route of routes) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '')
    const match = new RegExp(`^${route.path.replaceAll(/:\w+/g, '([^/]+)')}$`).exec(path)
    if (route.method !== method || match === null) continue
    return { route, parameters: Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? ''])) }
  }
  throw new Error(`no route for ${method} ${path}`)
}

const cardIds: Record<ContractCard, string> = {
  pays: 'sbx_card_pays',
  declines: 'sbx_card_declines',
  fails_later: 'sbx_card_fails_later',
}

export function cardNumber(card: ContractCard): string {
  return testCards.find(({ id }) => id === cardIds[card])?.number ?? ''
}

/** The sandbox as the provider contract wants to see it. */
export function contractHarnessOver(sandbox: SandboxHarness): ContractHarness {
  const { provider, clock, stateStore } = sandbox
  return {
    provider,
    clock,
    pay: async (url, card = 'pays') => {
      const body = new URLSearchParams({ card: cardNumber(card) })
      await sandbox.call('POST', new URL(url).pathname, { body })
    },
    advance: async (duration) => {
      await provider.advance(duration)
    },
    nextWebhooks: async () => {
      await provider.tick()
      return sandbox.captured.splice(0)
    },
    replaceCard: async (externalCustomerId, card) => {
      const input = { externalCustomerId, returnUrl: 'https://shop.example.test/', purpose: 'payment_method' as const }
      const link = await provider.portal?.createPortalLink(input)
      const body = new URLSearchParams({ card: cardNumber(card) })
      await sandbox.call('POST', new URL(link?.url ?? '').pathname, { body })
    },
    openDispute: async (payment) => {
      const body = JSON.stringify({ payment })
      const dispute: unknown = await (await sandbox.call('POST', '/disputes', { body })).json()
      return dispute && typeof dispute === 'object' ? String(Reflect.get(dispute, 'id')) : ''
    },
    faults: {
      loseNextAnswer: () => stateStore.loseNextAnswer(),
      cutNextCall: () => stateStore.cutNextCall(),
      signBytes: (body) => signBytes(sandbox, body),
      signWebhook: (type) => {
        const id = 'sbx_evt_test'
        const occurred_at = clock.now().toISOString()
        const event = { id, type, occurred_at, sequence: 1, data: { customer: 'sbx_cus_test' } }
        return signBytes(sandbox, new TextEncoder().encode(JSON.stringify(event)))
      },
    },
  }
}

async function signBytes({ host, clock }: SandboxHarness, body: Uint8Array): Promise<RawWebhook> {
  const headers = signatureHeaders(await webhookKeys(host, {}), 'sbx_evt_test', body, clock.now())
  return { body, headers: new Headers(headers) }
}
