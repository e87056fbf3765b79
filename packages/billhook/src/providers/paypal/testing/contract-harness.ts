import { sign as signBytes } from 'node:crypto'
import { fixedClock } from '../../../primitives/index.ts'
import type { MakeContractHarness, RawWebhook } from '../../../testing/contract/index.ts'
import { certificateAuthority } from '../../../testing/paypal-emulator/certificate-authority.ts'
import type { PaypalEmulator } from '../../../testing/paypal-emulator/index.ts'
import { signedText } from '../../../testing/paypal-emulator/webhook-signing.ts'
import { startEmulatedAccount } from './emulated-account.ts'

/** For `billhook provider test`: an account at the emulator, whose time is its own and whose webhooks are read instead of sent. */
export const makeHarness: MakeContractHarness = async () => {
  const clock = fixedClock('2026-03-02T12:00:00Z')
  const { emulator, provider } = await startEmulatedAccount({ clock })
  const sign = async (body: Uint8Array) => signed(emulator, body)
  return {
    provider,
    clock,
    pay: async (url, card = 'pays') => {
      emulator.approve(url, { funding: card })
    },
    advance: async (duration) => emulator.clock.advance(duration),
    nextWebhooks: async () => emulator.signed().map(toWebhook),
    faults: {
      loseNextAnswer: emulator.faults.loseNextAnswer,
      cutNextCall: emulator.faults.cutNextCall,
      signBytes: sign,
      signWebhook: (type) => sign(new TextEncoder().encode(JSON.stringify(eventOf(type)))),
    },
    stop: () => emulator.stop(),
  }
}

const eventOf = (type: string) => ({
  ...{ id: 'WH-CONTRACT-1', event_version: '1.0', resource_type: 'moon', event_type: type, summary: 'The moon waxes' },
  ...{ create_time: '2026-03-02T12:00:00Z', resource: { id: 'MOON-1' } },
})

/** Also what is no text: the emulator itself sends nothing else. */
function signed({ sign, webhookId }: PaypalEmulator, body: Uint8Array): RawWebhook {
  const headers = new Headers(sign('{}').headers)
  const [id, time] = ['id', 'time'].map((name) => headers.get(`paypal-transmission-${name}`) ?? '')
  const text = signedText({ id: id ?? '', time: time ?? '', webhookId }, body)
  const signature = signBytes('sha256', Buffer.from(text), certificateAuthority().good.key)
  headers.set('paypal-transmission-sig', signature.toString('base64'))
  return { body, headers }
}

const toWebhook = ({ body, headers }: { body: string; headers: Record<string, string> }): RawWebhook => ({
  body: new TextEncoder().encode(body),
  headers: new Headers(headers),
})
