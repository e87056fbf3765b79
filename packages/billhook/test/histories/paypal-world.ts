import { fixedClock } from '../../src/primitives/index.ts'
import { subscriptionOfBill } from '../../src/providers/charged-invoices.ts'
import { paypalProvider } from '../../src/providers/paypal/index.ts'
import type { StateStore } from '../../src/providers/provider.ts'
import { startPaypalEmulator } from '../../src/testing/paypal-emulator/index.ts'
import { silentLogger } from '../support/silent-logger.ts'
import type { OpenWorld } from './world.ts'

/** An emulated PayPal account behind a port, with the official SDK on the way. */
export const openPaypalWorld: OpenWorld = async ({ tag, startsAt }) => {
  const clock = fixedClock(startsAt)
  const wallClock = () => clock.now()
  const emulator = await startPaypalEmulator({ tag: tagOf(tag), startAt: startsAt.toISOString(), wallClock })
  const { clientId, clientSecret, webhookId } = emulator
  const account = { clientId, clientSecret, webhookId, mode: 'sandbox', apiBase: emulator.baseUrl } as const
  const trustedRoots = [emulator.certificateAuthority]
  const make = paypalProvider({ ...account, trustedRoots }, { sleep: async () => undefined, random: () => 0.5 })
  const baseUrl = 'http://billhook.test'
  const host = { providerName: 'paypal', baseUrl, webhookUrl: baseUrl, clock, logger: silentLogger, stateStore, fetch }
  const seller = make(host)
  const disputed = new Set<string>()
  let captures = 0
  return {
    provider: 'paypal',
    clock,
    make,
    seller,
    advance: async (by) => {
      emulator.clock.advance(by)
      clock.set(emulator.clock.now())
    },
    pay: async ({ externalSessionId }, funding) => {
      if (!emulator.approve(externalSessionId, { funding })) throw new Error(`${externalSessionId} was not approved`)
    },
    agree: async (externalSubscriptionId) => {
      const offer = emulator.state.subscriptions.get(externalSubscriptionId)?.revision
      // Its link is good for a few hours.
      if (offer && offer.endsAt * 1000 >= emulator.clock.now().getTime()) emulator.approve(externalSubscriptionId)
    },
    payBill: async ({ externalInvoiceId, amountRemaining: amount, currency }) => {
      emulator.changeFunding(subscriptionOfBill(externalInvoiceId), 'pays')
      const id = `bhop_${tag}_capture_${++captures}`
      const input = { externalInvoiceId, amount, currency }
      await seller.payInvoice?.(input, { id, kind: 'pay_invoice', idempotencyKey: id, input, startedAt: clock.now() })
    },
    openDispute: async (externalPaymentId) => {
      if (disputed.has(externalPaymentId)) return null
      disputed.add(externalPaymentId)
      return emulator.openDispute(externalPaymentId)
    },
    decideDispute: async (id, outcome) => emulator.closeDispute(id, outcome === 'won' ? 'seller' : 'buyer'),
    told: () =>
      emulator.signed().map(({ event }) => ({
        send: (at) => {
          const [delivery] = emulator.signed({ events: [event], signedAt: at })
          if (!delivery) throw new Error(`${event.id} was not signed`)
          return { rawBody: new TextEncoder().encode(delivery.body), headers: new Headers(delivery.headers) }
        },
      })),
    close: () => emulator.stop(),
  }
}

/** PayPal's ids have neither 0 and 1 nor the letters that look like them. A letter ends the tag, so that none begins another one. */
const tagOf = (tag: string): string => `${tag.toUpperCase().replace(/[01IO]/g, (one) => lookalikes[one] ?? one)}Z`
const lookalikes: Readonly<Record<string, string>> = { '0': 'X', '1': 'Y', I: 'J', O: 'Q' }

const unused = () => {
  throw new Error('the PayPal adapter keeps no state of its own')
}
const stateStore: StateStore = { get: unused, put: unused, delete: unused, list: unused, exclusively: unused }
