import { afterEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../primitives/index.ts'
import { certificateAuthority } from '../../testing/paypal-emulator/certificate-authority.ts'
import { forgeries } from '../../testing/paypal-emulator/index.ts'
import type { PayPalOptions } from './index.ts'
import {
  type EmulatedAccount,
  emulatedStart,
  host,
  makeProvider,
  startEmulatedAccount,
} from './testing/emulated-account.ts'

const start = new Date(emulatedStart)
const dayMs = 86_400_000
const certificates = '/v1/notifications/certs/'

let account: EmulatedAccount
let asked: string[]
let redirects: Set<string | undefined>
/** What is answered for a certificate, or to the online check, instead of what the emulator would. */
let answer: (() => Response) | null
afterEach(() => account.emulator.stop())

async function open(options: Partial<PayPalOptions> = {}) {
  asked = []
  redirects = new Set()
  answer = null
  const way: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input))
    if (pathname !== '/v1/oauth2/token') asked.push(pathname)
    redirects.add(init?.redirect)
    return answer && pathname.startsWith('/v1/notifications/') ? answer() : fetch(input, init)
  }
  account = await startEmulatedAccount({ clock: fixedClock(start), options, way })
}

const eventText = (more: object = {}) =>
  JSON.stringify({
    ...{ id: 'WH-1', event_version: '1.0', event_type: 'BILLING.SUBSCRIPTION.UPDATED', create_time: emulatedStart },
    ...{ resource: { id: 'I-1', custom_id: null, amount: 1 } },
    ...more,
  })

const construct = (delivery: { body: string; headers: Record<string, string> }, now = start) =>
  account.provider.constructWebhookEvent(new TextEncoder().encode(delivery.body), new Headers(delivery.headers), {
    now,
  })

const facts = (error: unknown) =>
  error instanceof Error && { ...error, message: error.message, code: Reflect.get(error, 'code') }

describe('an offline check', () => {
  it('accepts what PayPal signed, byte for byte, and fetches its certificate once', async () => {
    await open()
    const body = eventText().replace('"amount":1', '"amount": 1.0')
    const deliveries = [1, 2, 3].map(() => account.emulator.sign(body))
    const events = await Promise.all(deliveries.map((delivery) => construct(delivery)))
    expect(events.flat().map(({ raw, mode }) => [raw, mode])).toEqual([1, 2, 3].map(() => [body, 'test']))
    expect(asked.filter((path) => path.startsWith(certificates))).toHaveLength(1)
  })

  it('keeps the certificate that PayPal signs by, however many addresses are made up beside it', async () => {
    await open()
    const genuine = () => construct(account.emulator.sign(eventText()))
    await genuine()
    const { body, headers } = account.emulator.sign(eventText())
    const made = Array.from({ length: 40 }, (_, n) => `https://api.paypal.com${certificates}CERT-${n}`)
    const forged = made.map((address) => construct({ body, headers: { ...headers, 'paypal-cert-url': address } }))
    const outcomes = await Promise.allSettled([...forged, genuine()])
    expect(outcomes.map(({ status }) => status)).toEqual([...made.map(() => 'rejected'), 'fulfilled'])
    await genuine()
    expect(new Set(asked).size).toBe(made.length + 1)
    expect(asked).toHaveLength(made.length + 1)
  })

  it('answers every forged form alike, so that a forger learns nothing', async () => {
    await open()
    const answers: unknown[] = []
    for (const forge of forgeries) {
      const error: unknown = await construct(account.emulator.sign(eventText(), { forge })).catch((thrown) => thrown)
      answers.push(facts(error))
    }
    expect(answers[0]).toMatchObject({ code: 'invalid_signature', status: 400, retryable: false })
    expect(new Set(answers.map((error) => JSON.stringify(error))).size).toBe(1)
  })

  it.each(['toString', 'constructor', '__proto__', 'hasOwnProperty', 'sha256withrsa', 'SHA256withRSA, SHA256withRSA'])(
    'takes no algorithm but the one that PayPal names, whatever else the word means to a program: %s',
    async (algorithm) => {
      await open()
      const { body, headers } = account.emulator.sign(eventText())
      await expect(construct({ body, headers: { ...headers, 'paypal-auth-algo': algorithm } })).rejects.toMatchObject({
        code: 'invalid_signature',
        status: 400,
      })
      expect(asked).toEqual([])
    },
  )

  it.each(['', '=', 'AAAA', '%00', 'é'.repeat(600), 'A'.repeat(100_000), '|', '-'.repeat(344)])(
    'refuses a signature that is none, however it is written: %#',
    async (signature) => {
      await open()
      const { body, headers } = account.emulator.sign(eventText())
      await expect(
        construct({ body, headers: { ...headers, 'paypal-transmission-sig': signature } }),
      ).rejects.toMatchObject({ code: 'invalid_signature', status: 400 })
    },
  )

  it.each(['other_host', 'plain_http', 'look_alike_host', 'other_path', 'other_algorithm', 'no_signature'] as const)(
    'asks nobody for anything where the form is wrong: %s',
    async (forge) => {
      await open()
      await expect(construct(account.emulator.sign(eventText(), { forge }))).rejects.toThrow('not signed')
      expect(asked).toEqual([])
    },
  )

  it('fetches from where the header says, unless there is an emulator in between', async () => {
    const seen: string[] = []
    await open()
    const { emulator } = account
    const way: typeof fetch = async (input) => {
      seen.push(String(input))
      return fetch(`${emulator.baseUrl}${new URL(String(input)).pathname}`)
    }
    const provider = makeProvider(emulator, { apiBase: undefined }, { ...host, clock: fixedClock(start), fetch: way })
    const { body, headers } = emulator.sign(eventText())
    const at = { now: start }
    await provider.constructWebhookEvent(new TextEncoder().encode(body), new Headers(headers), at)
    expect(seen).toEqual([headers['paypal-cert-url']])
  })

  it('trusts its authority only as long as it is told to', async () => {
    await open({ trustedRoots: [] })
    await expect(construct(account.emulator.sign(eventText()))).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  it('takes a certificate for the sandbox for none in live mode', async () => {
    await open({ mode: 'live' })
    await expect(construct(account.emulator.sign(eventText()))).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  it('judges certificates by the time it is given', async () => {
    await open()
    const signedAt = new Date('2051-01-01T00:00:00Z')
    const delivery = account.emulator.sign(eventText(), { signedAt })
    await expect(construct(delivery, signedAt)).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  it('accepts deliveries that are tried again for three days, and no older or future ones', async () => {
    await open()
    const at = (ageMs: number) =>
      construct(account.emulator.sign(eventText(), { signedAt: new Date(start.getTime() - ageMs) }))
    for (const ageMs of [0, 3 * dayMs, -60_000]) await expect(at(ageMs)).resolves.toHaveLength(1)
    for (const ageMs of [4 * dayMs, -600_000])
      await expect(at(ageMs)).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  it.each([
    ['nothing there', () => new Response('', { status: 404 })],
    ['a way elsewhere', () => new Response('', { status: 302, headers: { location: 'http://127.0.0.1:1/' } })],
    ['more than a certificate can be', () => new Response(`${certificateAuthority().good.pem}${' '.repeat(70_000)}`)],
    ['no certificate', () => new Response('<html></html>')],
  ])('refuses where the address holds %s', async (_, made) => {
    await open()
    answer = made
    await expect(construct(account.emulator.sign(eventText()))).rejects.toMatchObject({ code: 'invalid_signature' })
    // Where it leads is not looked at, by whoever makes the request either.
    expect([...redirects]).toEqual(['manual'])
  })

  it('asks to be tried again where the certificate cannot be had now, and keeps no failure', async () => {
    await open()
    answer = () => new Response('', { status: 503 })
    const delivery = account.emulator.sign(eventText())
    const refusal = { code: 'verification_unavailable', status: 503, retryable: true }
    await expect(construct(delivery)).rejects.toMatchObject(refusal)
    answer = null
    await expect(construct(delivery)).resolves.toHaveLength(1)
  })

  it('says that it cannot tell without a webhook id', async () => {
    await open({ webhookId: undefined })
    await expect(construct(account.emulator.sign(eventText()))).rejects.toMatchObject({
      code: 'verification_unavailable',
    })
  })
})

describe('an online check', () => {
  it('sends the bytes as they came: numbers are not written again', async () => {
    await open({ verification: 'online' })
    const body = eventText().replace('"amount":1', '"amount": 1.0')
    await expect(construct(account.emulator.sign(body))).resolves.toMatchObject([{ raw: body }])
    expect(asked).toEqual(['/v1/notifications/verify-webhook-signature'])
  })

  it.each(['altered_body', 'other_authority', 'other_webhook'] as const)(
    'refuses what PayPal denies: %s',
    async (forge) => {
      await open({ verification: 'online' })
      await expect(construct(account.emulator.sign(eventText(), { forge }))).rejects.toMatchObject({
        code: 'invalid_signature',
      })
    },
  )

  it('lets no body write into the question around it', async () => {
    await open({ verification: 'online' })
    for (const body of ['{},"webhook_id":"mine","webhook_event":{}', 'null', '']) {
      await expect(construct(account.emulator.sign(body))).rejects.toMatchObject({ code: 'malformed_payload' })
    }
    expect(asked).toEqual([])
  })

  it('takes a question that PayPal refuses for a forgery', async () => {
    await open({ verification: 'online' })
    answer = () => Response.json({ name: 'VALIDATION_ERROR' }, { status: 400 })
    await expect(construct(account.emulator.sign(eventText()))).rejects.toMatchObject({ code: 'invalid_signature' })
  })

  it('asks to be tried again when PayPal cannot be asked', async () => {
    await open({ verification: 'online' })
    account.emulator.faults.cutNextCall()
    await expect(construct(account.emulator.sign(eventText()))).rejects.toMatchObject({
      code: 'verification_unavailable',
      retryable: true,
    })
  })
})

describe('what was verified', () => {
  it('is an event of its own for each type of one id', async () => {
    await open()
    const types = ['BILLING.SUBSCRIPTION.CREATED', 'BILLING.SUBSCRIPTION.ACTIVATED']
    const events = await Promise.all(
      types.map((event_type) => construct(account.emulator.sign(eventText({ event_type })))),
    )
    expect(new Set(events.flat().map(({ dedupeKey }) => dedupeKey)).size).toBe(2)
  })

  it.each(['+58246-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 'soon', null, undefined])(
    'is dated by its transmission where its own time makes no sense: %s',
    async (create_time) => {
      await open()
      const [event] = await construct(account.emulator.sign(eventText({ create_time })))
      expect(event?.occurredAt).toEqual(start)
    },
  )
})
