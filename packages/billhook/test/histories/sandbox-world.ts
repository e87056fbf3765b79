import { addDuration, fixedClock } from '../../src/primitives/index.ts'
import type { ProviderHost } from '../../src/providers/provider.ts'
import { SandboxProvider } from '../../src/providers/sandbox/index.ts'
import { signatureHeaders } from '../../src/providers/sandbox/verify-webhook.ts'
import { MemoryStateStore } from '../../src/testing/memory-state-store.ts'
import { silentLogger } from '../support/silent-logger.ts'
import type { Message, OpenWorld } from './world.ts'

const key = Buffer.from('a secret for these histories only')
const webhookSecret = `whsec_${key.toString('base64')}`
const cardNumbers = { pays: '4242424242424242', fails_later: '4000000000000341' } as const

/** The sandbox with its state outside of the processes, as every other provider has it. Its ids are random. */
export const openSandboxWorld: OpenWorld = async ({ startsAt }) => {
  const clock = fixedClock(startsAt)
  const stateStore = new MemoryStateStore()
  let messages: Message[] = []
  const keep: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const body = await request.text()
    messages.push(messageOf(request.headers.get('webhook-id') ?? '', body))
    return new Response(null, { status: 200 })
  }
  const make = (host: ProviderHost) =>
    new SandboxProvider({ ...host, clock, stateStore, fetch: keep }, { webhookSecret, deliveryRetryDelaysMs: [] })
  const baseUrl = 'http://sandbox.test'
  const host = { providerName: 'sandbox', baseUrl, webhookUrl: baseUrl, clock, logger: silentLogger, stateStore, fetch }
  const seller = make(host)
  const post = async (path: string, parameters: Record<string, string>, body: string | URLSearchParams) => {
    const route = seller.routes.find((one) => one.method === 'POST' && one.path === path)
    const response = await route?.handle(new Request(baseUrl, { method: 'POST', body }), parameters)
    if (!response) throw new Error(`the sandbox has no ${path}`)
    return response
  }
  const payOnPage = async (page: 'checkout' | 'invoices', id: string, card: string) => {
    const { status } = await post(`/${page}/:id`, { id }, new URLSearchParams({ card }))
    if (status !== 303) throw new Error(`paying ${id} was answered with ${status}`)
  }
  return {
    provider: 'sandbox',
    clock,
    make,
    seller,
    advance: async (by) => {
      // Its clock is the wall clock plus what it was moved by itself: only one of the two is to be moved.
      clock.set(addDuration(clock.now(), by))
      await seller.advance('PT0S')
    },
    pay: ({ externalSessionId }, card) => payOnPage('checkout', externalSessionId, cardNumbers[card]),
    payBill: ({ externalInvoiceId }) => payOnPage('invoices', externalInvoiceId, cardNumbers.pays),
    openDispute: async (payment) => {
      const response = await post('/disputes', {}, JSON.stringify({ payment }))
      const dispute: unknown = await response.json()
      const id: unknown = response.ok && typeof dispute === 'object' && dispute !== null && Reflect.get(dispute, 'id')
      return typeof id === 'string' ? id : null
    },
    decideDispute: async (id, status) => {
      await post('/disputes/:id/close', { id }, JSON.stringify({ status }))
    },
    told: () => {
      const told = messages
      messages = []
      return told
    },
    close: async () => undefined,
  }
}

const messageOf = (id: string, body: string): Message => ({
  send: (at) => ({
    rawBody: new TextEncoder().encode(body),
    headers: new Headers(signatureHeaders([key], id, body, at)),
  }),
})
