// A real PayPal sandbox account as the surroundings of the provider contract. Written from PayPal's documentation; it needs keys, a personal
// test account and the network, so no test of this repository runs it.
import { z } from 'zod'
import { systemClock } from '../../../primitives/index.ts'
import type { ContractHarness, MakeContractHarness, RawWebhook } from '../../../testing/contract/index.ts'
import { certificateAuthority } from '../../../testing/paypal-emulator/certificate-authority.ts'
import { findCertificate, signatureHeaders } from '../../../testing/paypal-emulator/webhook-signing.ts'
import { paypalProvider } from '../index.ts'
import { host } from './emulated-account.ts'

export interface SandboxKeys {
  clientId: string
  clientSecret: string
}

/** What a buyer does on PayPal's page: signs in and agrees. */
export type ApproveOnPage = (url: string) => Promise<void>

/** Begins the message of what no real account can be made to do. */
export const notPossible = 'Not possible with a real account'

const origin = 'https://api-m.sandbox.paypal.com'
const webhookId = 'VERIFY-PAYPAL'

/** Every harness sees the events of the subscriptions that it made; the account itself is shared, and keeps what was made. */
export function paypalSandboxAccount(keys: SandboxKeys, approveOnPage: ApproveOnPage): MakeContractHarness {
  return async () => {
    const way = createWay()
    const trustedRoots = [certificateAuthority().root]
    const make = paypalProvider({ ...keys, mode: 'sandbox', webhookId, trustedRoots })
    return {
      provider: make({ ...host, providerName: 'paypal', clock: systemClock, fetch: way.fetch }),
      clock: systemClock,
      pay: async (url, card = 'pays') => {
        if (card !== 'pays') throw new Error(`${notPossible}: a test buyer’s money does not fail.`)
        await approveOnPage(url)
      },
      advance: () => Promise.reject(new Error(`${notPossible}: PayPal has no clock that can be moved.`)),
      nextWebhooks: createInbox(keys, way.subscriptions),
      faults: { ...way.faults, signBytes: async (body) => sign(body) },
    }
  }
}

const created = z.object({ id: z.string() })

/** The way out, where answers can get lost, and where the certificate is one of ours: nothing of PayPal's own is signed for us to read. */
function createWay() {
  const subscriptions = new Set<string>()
  const next = { isLost: false, isCut: false }
  const way: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input))
    const certificate = /^\/v1\/notifications\/certs\/(.+)$/.exec(pathname)?.[1]
    if (certificate) return new Response(findCertificate(certificate))
    const isToken = pathname === '/v1/oauth2/token'
    if (next.isCut && !isToken) {
      next.isCut = false
      throw new TypeError('cut on purpose')
    }
    const response = await fetch(input, init)
    const isWrite = init?.method === 'POST' && !isToken
    if (isWrite && pathname === '/v1/billing/subscriptions') {
      const { data } = created.safeParse(await response.clone().json())
      if (data) subscriptions.add(data.id)
    }
    if (isWrite && next.isLost) {
      next.isLost = false
      throw new TypeError('lost on purpose')
    }
    return response
  }
  const faults = {
    loseNextAnswer: () => {
      next.isLost = true
    },
    cutNextCall: () => {
      next.isCut = true
    },
  }
  return { fetch: way, subscriptions, faults }
}

const tokenAnswer = z.object({ access_token: z.string() })
const eventList = z.object({
  events: z.array(
    z.looseObject({
      id: z.string(),
      create_time: z.string(),
      resource: z.looseObject({ id: z.string().optional(), billing_agreement_id: z.string().optional() }),
    }),
  ),
})

/** Events of this harness's subscriptions that were not read yet, oldest first, signed here: nothing has to reach this machine. */
function createInbox(keys: SandboxKeys, subscriptions: ReadonlySet<string>): ContractHarness['nextWebhooks'] {
  const since = new Date(Date.now() - 60_000).toISOString()
  const seen = new Set<string>()
  return async () => {
    const token = await requestToken(keys)
    const query = new URLSearchParams({ start_time: since, page_size: '100' })
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${origin}/v1/notifications/webhooks-events?${query}`, { headers })
    const { events } = eventList.parse(await response.json())
    const fresh = events.filter(({ id, resource }) => {
      const owner = resource.billing_agreement_id ?? resource.id ?? ''
      return subscriptions.has(owner) && !seen.has(id)
    })
    for (const { id } of fresh) seen.add(id)
    const inOrder = fresh.toSorted((a, b) => a.create_time.localeCompare(b.create_time))
    return inOrder.map((event) => sign(new TextEncoder().encode(JSON.stringify(event))))
  }
}

async function requestToken({ clientId, clientSecret }: SandboxKeys): Promise<string> {
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const response = await fetch(`${origin}/v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  })
  return tokenAnswer.parse(await response.json()).access_token
}

function sign(body: Uint8Array): RawWebhook {
  const transmission = { id: crypto.randomUUID(), time: new Date(), webhookId }
  return { body, headers: new Headers(signatureHeaders(body, transmission, null)) }
}
