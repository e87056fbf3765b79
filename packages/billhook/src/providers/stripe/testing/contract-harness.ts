import { fixedClock } from '../../../primitives/index.ts'
import type { ContractCard, MakeContractHarness, RawWebhook } from '../../../testing/contract/index.ts'
import { signPayload } from '../../../testing/stripe-emulator/index.ts'
import { emulatedSecret, startEmulatedAccount } from './emulated-account.ts'

const cards: Record<ContractCard, string> = {
  pays: '4242424242424242',
  declines: '4000000000000002',
  fails_later: '4000000000000341',
}

/** For `billhook provider test`: an account at the emulator, whose time is its own and whose webhooks are read instead of sent. */
export const makeHarness: MakeContractHarness = async () => {
  const { emulator, provider } = await startEmulatedAccount()
  const clock = fixedClock('2026-03-01T00:00:00Z')
  const signedAt = clock.now().getTime() / 1000
  const sign = async (body: Uint8Array) => signed(body, signedAt)
  return {
    provider,
    clock,
    pay: async (url, card = 'pays') => {
      const session = [...emulator.state.sessions.values()].find((candidate) => candidate.url === url)
      emulator.pay(session?.id ?? '', { card: cards[card] })
    },
    advance: async (duration) => emulator.clock.advance(duration),
    nextWebhooks: async () =>
      emulator.signed({ secret: emulatedSecret, signedAt }).map(({ body, headers }) => ({
        body: new TextEncoder().encode(body),
        headers: new Headers(headers),
      })),
    replaceCard: async (externalCustomerId, card) => {
      emulator.replaceCard(externalCustomerId, cards[card])
    },
    openDispute: async (payment) => emulator.openDispute(payment),
    faults: {
      loseNextAnswer: () => emulator.faults.next({ kind: 'drop_after', match: (method) => method !== 'GET' }),
      cutNextCall: () => emulator.faults.next({ kind: 'status', status: 503 }),
      signBytes: sign,
      signWebhook: (type) => sign(eventOf(type, signedAt, false)),
      signOtherMode: () => sign(eventOf('customer.updated', signedAt, true)),
    },
    stop: () => emulator.stop(),
  }
}

function eventOf(type: string, created: number, livemode: boolean): Uint8Array {
  const event = { id: 'evt_contract', object: 'event', type, created, livemode, data: { object: {} } }
  return new TextEncoder().encode(JSON.stringify(event))
}

function signed(body: Uint8Array, signedAt: number): RawWebhook {
  return { body, headers: new Headers({ 'stripe-signature': signPayload(body, emulatedSecret, signedAt) }) }
}
