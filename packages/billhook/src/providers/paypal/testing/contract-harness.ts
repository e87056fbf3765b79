import { fixedClock } from '../../../primitives/index.ts'
import type { MakeContractHarness, RawWebhook } from '../../../testing/contract/index.ts'
import { emulatedStart, startEmulatedAccount } from './emulated-account.ts'

/** For `billhook provider test`: an account at the emulator, whose time is its own and whose webhooks are read instead of sent. */
export const makeHarness: MakeContractHarness = async () => {
  const clock = fixedClock(emulatedStart)
  const { emulator, provider } = await startEmulatedAccount({ clock })
  return {
    provider,
    clock,
    pay: async (url, card = 'pays') => {
      emulator.approve(url, { funding: card })
    },
    advance: async (duration) => emulator.clock.advance(duration),
    nextWebhooks: async () => emulator.signed().map(toWebhook),
    openDispute: async (sale) => emulator.openDispute(sale),
    faults: {
      loseNextAnswer: emulator.faults.loseNextAnswer,
      cutNextCall: emulator.faults.cutNextCall,
      signBytes: async (body) => ({ body, headers: new Headers(emulator.signatureOf(body)) }),
      signWebhook: async (type) => toWebhook(emulator.sign(eventOf(type))),
      signOtherMode: async () => toWebhook(emulator.sign(eventOf('moon.waning'), { forge: 'other_mode' })),
    },
    stop: () => emulator.stop(),
  }
}

const eventOf = (type: string): string =>
  JSON.stringify({
    ...{
      id: 'WH-CONTRACT-1',
      event_version: '1.0',
      event_type: type,
      summary: 'The moon waxes',
      resource_type: 'moon',
    },
    ...{ create_time: emulatedStart, resource: { id: 'MOON-1' } },
  })

const toWebhook = ({ body, headers }: { body: string; headers: Record<string, string> }): RawWebhook => ({
  body: new TextEncoder().encode(body),
  headers: new Headers(headers),
})
