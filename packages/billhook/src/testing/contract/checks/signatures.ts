import { checksOf } from '../check.ts'
import { demand, demandEqual, demandPresent, demandRefusal } from '../expectation.ts'
import type { RawWebhook } from '../harness.ts'
import { otherMode, signedBytes } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'
import { bought } from './webhooks.ts'

const monthMs = 30 * 24 * 60 * 60 * 1000
const signatureHeader = /sign?ature|sig$|hmac/i

async function aDelivery(steps: ContractSteps): Promise<RawWebhook> {
  await bought(steps)
  return demandPresent((await steps.harness.nextWebhooks())[0], 'a webhook of a purchase')
}

function withSignature({ headers }: RawWebhook, change: (value: string) => string): Headers {
  return new Headers([...headers].map(([name, value]) => [name, signatureHeader.test(name) ? change(value) : value]))
}

/** Every letter and digit becomes another one, so the shape stays and nothing fits. */
function forge(signature: string): string {
  return signature.replace(/[0-9a-f]/gi, (character) => (character === '0' ? '1' : '0'))
}

/** The same JSON in other bytes. */
function writtenAgain({ body }: RawWebhook): Uint8Array {
  const text = new TextDecoder().decode(body)
  const compact = JSON.stringify(JSON.parse(text))
  return new TextEncoder().encode(compact === text ? JSON.stringify(JSON.parse(text), null, 2) : compact)
}

async function demandRefused(steps: ContractSteps, delivery: RawWebhook, what: string, now?: Date): Promise<void> {
  const error = await demandRefusal(steps.construct(delivery, now), 'invalid_signature', what)
  demandEqual(error.status, 400, `the HTTP status of ${what}`)
}

export const signatureChecks = checksOf('webhooks', {
  'without a signature it is refused': {
    catches: 'accepts what nobody signed',
    run: async (steps) => {
      const { body } = await aDelivery(steps)
      const headers = new Headers({ 'content-type': 'application/json' })
      await demandRefused(steps, { body, headers }, 'a webhook without a signature')
    },
  },
  'with an empty signature it is refused': {
    catches: 'skips the check when the header is there and empty',
    run: async (steps) => {
      const delivery = await aDelivery(steps)
      const headers = withSignature(delivery, () => '')
      await demandRefused(steps, { body: delivery.body, headers }, 'a webhook with an empty signature')
    },
  },
  'with a forged signature it is refused': {
    catches: 'looks whether there is a signature, not whether it is right',
    run: async (steps) => {
      const delivery = await aDelivery(steps)
      const headers = withSignature(delivery, forge)
      await demandRefused(steps, { body: delivery.body, headers }, 'a webhook with a forged signature')
    },
  },
  'with one changed byte it is refused': {
    catches: 'signs the headers or a part of the body only',
    run: async (steps) => {
      const { body, headers } = await aDelivery(steps)
      await demandRefused(steps, { body: new Uint8Array([...body, 0x20]), headers }, 'a webhook with one byte more')
    },
  },
  'parsed and written again it is refused: the signature is of the raw bytes': {
    catches: 'compares the signature with JSON that it wrote itself, which breaks real webhooks too',
    run: async (steps) => {
      const delivery = await aDelivery(steps)
      const { headers } = delivery
      await demandRefused(
        steps,
        { body: writtenAgain(delivery), headers },
        'a webhook that was parsed and written again',
      )
    },
  },
  'signed a month ago it is refused': {
    catches: 'lets an old delivery be played again',
    run: async (steps) => {
      const now = new Date(steps.harness.clock.now().getTime() + monthMs)
      await demandRefused(steps, await aDelivery(steps), 'a webhook signed a month ago', now)
    },
  },
  'signed for a time to come it is refused': {
    catches: 'looks at the age of a signature only, so one dated ahead is good for ever',
    run: async (steps) => {
      const now = new Date(steps.harness.clock.now().getTime() - monthMs)
      await demandRefused(steps, await aDelivery(steps), 'a webhook dated a month ahead', now)
    },
  },
  'signed bytes that are no JSON are malformed_payload, not a crash': {
    catches: 'lets the parser’s error through',
    needs: [signedBytes],
    run: async (steps) => {
      for (const text of ['', 'not JSON', 'null', '[]', '{"id":1}']) {
        const delivery = await steps.harness.faults?.signBytes?.(new TextEncoder().encode(text))
        const call = steps.construct(demandPresent(delivery, 'a signed delivery'))
        await demandRefusal(call, 'malformed_payload', `a signed body of ${JSON.stringify(text)}`)
      }
    },
  },
  'signed bytes that are no UTF-8 are malformed_payload, not guessed at': {
    catches: 'decodes with replacement characters, so names and ids are stored wrong',
    needs: [signedBytes],
    run: async (steps) => {
      const { body } = await aDelivery(steps)
      const text = new TextDecoder().decode(body)
      const at = new TextEncoder().encode(text.slice(0, text.indexOf('"') + 1)).length
      const broken = new Uint8Array([...body.slice(0, at), 0xff, 0xfe, ...body.slice(at)])
      const utf16 = new Uint8Array(Buffer.from(text, 'utf16le'))
      for (const bytes of [broken, utf16]) {
        const delivery = await steps.harness.faults?.signBytes?.(bytes)
        const call = steps.construct(demandPresent(delivery, 'a signed delivery'))
        await demandRefusal(call, 'malformed_payload', 'a signed body that is no UTF-8')
      }
    },
  },
  'what is kept of a webhook is the text that came': {
    catches: 'stores what it understood, so a replay after an upgrade finds less than was sent',
    run: async (steps) => {
      const delivery = await aDelivery(steps)
      const text = new TextDecoder().decode(delivery.body)
      for (const { raw } of await steps.construct(delivery)) {
        demand(text.includes(raw) && raw !== '', 'the kept text is no part of the body that came')
      }
    },
  },
  'every webhook says the mode of the account it came from': {
    catches: 'says live for an account in test, or the other way round',
    run: async (steps) => {
      await bought(steps)
      for (const { mode, type } of await steps.nextEvents()) {
        demandEqual(mode, steps.provider.mode, `the mode of ${type}`)
      }
    },
  },
  'a webhook of the other mode says so, or is refused': {
    catches: 'takes test money for real money, or the other way round',
    needs: [otherMode],
    run: async (steps) => {
      const delivery = demandPresent(await steps.harness.faults?.signOtherMode?.(), 'a webhook of the other mode')
      const verified = await steps.construct(delivery).catch(() => [])
      for (const { mode } of verified)
        demand(mode !== steps.provider.mode, `it was marked as ${mode}, as the account’s own`)
    },
  },
})
