import { afterEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../primitives/index.ts'
import type { PayPalOptions } from './index.ts'
import {
  type EmulatedAccount,
  emulatedStart,
  host,
  makeProvider,
  priceInput,
  startEmulatedAccount,
} from './testing/emulated-account.ts'

const clock = fixedClock(emulatedStart)
const wrongSecret = 'not-the-secret'

let account: EmulatedAccount
let paths: string[]
let outage: ((path: string) => Response | null) | null
afterEach(() => account.emulator.stop())

async function open(options: Partial<PayPalOptions> = {}) {
  paths = []
  outage = null
  const way: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input))
    paths.push(pathname)
    return outage?.(pathname) ?? fetch(input, init)
  }
  account = await startEmulatedAccount({ clock, options, way })
}

const tokens = () => paths.filter((path) => path === '/v1/oauth2/token').length
const read = () => account.provider.retrieveSubscription('I-GONE')
const missing = { code: 'resource_missing', provider: 'paypal-eu', retryable: false, outcome: 'failed' }

describe('the access token', () => {
  it('is fetched once for all who ask at a time, SDK and plain calls alike', async () => {
    await open()
    const calls = [read(), read(), account.provider.refunds.retrieveRefund('R-GONE'), read()]
    for (const outcome of await Promise.allSettled(calls)) expect(outcome).toMatchObject({ reason: missing })
    expect(tokens()).toBe(1)
  })

  it('is renewed a little before it ends, after nine hours', async () => {
    await open()
    const start = clock.now()
    await account.publish(4900)
    clock.set(new Date(start.getTime() + 9 * 3_600_000 - 30_000))
    await account.publish(4900)
    clock.set(start)
    expect(tokens()).toBe(2)
  })

  it('that PayPal refuses before its time is renewed, once, and the call is sent again', async () => {
    await open()
    await account.publish(4900)
    account.emulator.faults.expireTokens()
    await expect(account.subscribe()).resolves.toMatch(/^I-/)
    expect(tokens()).toBe(2)
  })

  it('that cannot be had says what is wrong and shows no secret', async () => {
    await open({ clientSecret: wrongSecret })
    const error: unknown = await read().catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'provider_misconfigured', retryable: false })
    expect(JSON.stringify(error) + String(error)).not.toContain(wrongSecret)
  })

  it('that cannot be had now leaves the call undone: nothing went out', async () => {
    await open()
    outage = (path) => (path === '/v1/oauth2/token' ? new Response('', { status: 503 }) : null)
    const input = priceInput()
    const publishing = account.provider.publishPrice(input, account.operation('publish_price', input))
    await expect(publishing).rejects.toMatchObject({ code: 'provider_unavailable', retryable: true, outcome: 'failed' })
  })
})

describe('a call', () => {
  it('that is one too many waits and is sent again', async () => {
    await open()
    account.emulator.faults.rateLimitNext()
    await expect(read()).rejects.toMatchObject(missing)
    expect(account.waits).toEqual([375])
  })

  it('that is too many again and again says so', async () => {
    await open()
    outage = (path) => (path.startsWith('/v1/billing') ? new Response('', { status: 429 }) : null)
    await expect(read()).rejects.toMatchObject({ code: 'provider_rate_limited', retryable: true, outcome: 'failed' })
    expect(account.waits).toEqual([375, 750, 1500])
  })

  it.each([
    ['cut on the way', () => Promise.reject(new TypeError('cut'))],
    ['answered by a proxy', async () => new Response('<html>', { status: 502 })],
    ['answered by what is no JSON', async () => new Response('<html>', { status: 200 })],
  ])('that changes something and is %s has an unknown outcome', async (_, made) => {
    await open()
    const id = await account.subscribe()
    const way: typeof fetch = (input, init) => (String(input).endsWith('/cancel') ? made() : fetch(input, init))
    const provider = makeProvider(account.emulator, {}, { ...host, clock, fetch: way })
    const input = { externalSubscriptionId: id, atPeriodEnd: false }
    await expect(provider.cancelSubscription(input)).rejects.toMatchObject({
      code: 'outcome_unknown',
      outcome: 'unknown',
    })
  })

  it('that PayPal refuses keeps its debug id and its issue', async () => {
    await open()
    const error: unknown = await read().catch((thrown) => thrown)
    expect(error).toMatchObject({ message: expect.stringMatching(/debug_id \w+/), cause: { status: 404 } })
  })
})
