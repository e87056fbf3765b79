import { onTestFinished } from 'vitest'
import { fixedClock } from '../../primitives/index.ts'
import { type ContractCard, providerContract } from '../../testing/contract/index.ts'
import { signPayload } from '../../testing/stripe-emulator/index.ts'
import { emulatedSecret, startEmulatedAccount } from './testing/emulated-account.ts'

const cards: Record<ContractCard, string> = {
  pays: '4242424242424242',
  declines: '4000000000000002',
  fails_later: '4000000000000341',
}

providerContract('stripe', async () => {
  const { emulator, provider } = await startEmulatedAccount()
  onTestFinished(() => emulator.stop())
  const clock = fixedClock('2026-03-01T00:00:00Z')
  const signedAt = clock.now().getTime() / 1000
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
    faults: {
      loseNextAnswer: () => emulator.faults.next({ kind: 'drop_after', match: (method) => method !== 'GET' }),
      signWebhook: async (type) => {
        const event = {
          id: 'evt_contract',
          object: 'event',
          type,
          created: signedAt,
          livemode: false,
          data: { object: {} },
        }
        const body = JSON.stringify(event)
        const headers = new Headers({ 'stripe-signature': signPayload(body, emulatedSecret, signedAt) })
        return { body: new TextEncoder().encode(body), headers }
      },
    },
  }
})
