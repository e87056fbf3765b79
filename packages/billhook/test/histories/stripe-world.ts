import { fixedClock } from '../../src/primitives/index.ts'
import type { StateStore } from '../../src/providers/provider.ts'
import { stripeProvider } from '../../src/providers/stripe/index.ts'
import { startStripeEmulator } from '../../src/testing/stripe-emulator/index.ts'
import { silentLogger } from '../support/silent-logger.ts'
import type { OpenWorld } from './world.ts'

const secret = 'whsec_histories'
const cardNumbers = { pays: '4242424242424242', fails_later: '4000000000000341' } as const

/** An emulated Stripe account behind a port, with the official SDK on the way. */
export const openStripeWorld: OpenWorld = async ({ tag, startsAt }) => {
  const emulator = await startStripeEmulator({ tag, clock: startsAt })
  const clock = fixedClock(startsAt)
  const account = { secretKey: emulator.apiKey, webhookSecrets: [secret], apiBase: emulator.baseUrl }
  const make = stripeProvider({ ...account, maxNetworkRetries: 0 }, { sleep: async () => undefined, random: () => 0.5 })
  const baseUrl = 'http://billhook.test'
  const host = { providerName: 'stripe', baseUrl, webhookUrl: baseUrl, clock, logger: silentLogger, stateStore, fetch }
  const disputed = new Set<string>()
  return {
    provider: 'stripe',
    clock,
    make,
    seller: make(host),
    advance: async (by) => {
      emulator.clock.advance(by)
      clock.set(emulator.clock.now())
    },
    pay: async ({ externalSessionId }, card) => {
      const { outcome } = emulator.pay(externalSessionId, { card: cardNumbers[card] })
      if (outcome !== 'paid') throw new Error(`paying ${externalSessionId} came to ${outcome}`)
    },
    payBill: async ({ externalInvoiceId }) => {
      emulator.payInvoice(externalInvoiceId, { card: cardNumbers.pays })
    },
    openDispute: async (externalPaymentId) => {
      if (disputed.has(externalPaymentId)) return null
      disputed.add(externalPaymentId)
      return emulator.openDispute(externalPaymentId)
    },
    decideDispute: async (id, outcome) => emulator.closeDispute(id, outcome),
    told: () =>
      emulator.queued.length === 0
        ? []
        : emulator.signed({ secret }).map(({ event }) => ({
            send: (at) => {
              const signedAt = Math.floor(at.getTime() / 1000)
              const [delivery] = emulator.signed({ events: [event], secret, signedAt })
              if (!delivery) throw new Error(`${event.id} was not signed`)
              return { rawBody: new TextEncoder().encode(delivery.body), headers: new Headers(delivery.headers) }
            },
          })),
    close: () => emulator.stop(),
  }
}

const unused = () => {
  throw new Error('the Stripe adapter keeps no state of its own')
}
const stateStore: StateStore = { get: unused, put: unused, delete: unused, list: unused, exclusively: unused }
