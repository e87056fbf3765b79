import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type BillhookClient,
  type ClientOptions,
  createClient,
  type RejectedUsage,
  type UsageEntry,
} from '../src/client/index.ts'
import { createTestBilling, testApiKey } from '../src/testing/create-test-billing.ts'
import { addOrganizationIn, openUsageShop, type UsageShop } from './support/usage-shop.ts'

const keyPath = '/api/v1/entitlement-keys/'
let shop: UsageShop
let directory: string
let clients: BillhookClient[]
let asked: Array<{ path: string; status: number }>
let errors: unknown[]
/** What stands between the client and the service. */
let network: (request: Request, pass: (request: Request) => Promise<Response>) => Promise<Response>

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'billhook-client-'))
  ;[clients, asked, errors] = [[], [], []]
  network = (request, pass) => pass(request)
  shop = await openUsageShop({
    limits: { tokens: { limit: 10, meter: 'tokens' }, calls: { limit: 5, meter: 'calls' } },
  })
})
afterEach(async () => {
  for (const client of clients) await client.close()
  await shop.close()
  await rm(directory, { recursive: true })
})

const send: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  const response = await network(request, shop.billing.handler)
  asked.push({ path: new URL(request.url).pathname, status: response.status })
  return response
}
const open = async (options: Partial<ClientOptions> = {}): Promise<BillhookClient> => {
  const client = await createClient({
    ...{ url: shop.billing.baseUrl, apiKey: testApiKey, whenUnreachable: 'deny' },
    onError: (error) => errors.push(error),
    fetch: send,
    now: () => shop.billing.clock.now().getTime(),
    ...options,
  })
  clients.push(client)
  return client
}
const wait = (ms: number) => shop.billing.clock.advanceMs(ms)
const cut = () => {
  network = async () => {
    throw new TypeError('no route to host')
  }
}
const publicKeys = async () => {
  const { json } = await shop.billing.call('GET', keyPath)
  return (json as { data: Array<{ id: string; public_key: string }> }).data.map(({ id, public_key: publicKey }) => ({
    id,
    publicKey,
  }))
}

describe('checks', () => {
  it('answers without asking, asks behind old answers, and hears only what has changed', async () => {
    const acme = await (await open()).entitlementsOf('acme')
    expect([acme.allows('tokens'), acme.remaining('tokens'), acme.allows('sso')]).toEqual([true, 10, false])
    expect(asked).toEqual([
      { path: '/api/v1/entitlements/', status: 200 },
      { path: keyPath, status: 200 },
    ])
    wait(10_001)
    acme.allows('tokens')
    await acme.refresh()
    expect(asked.at(-1)).toEqual({ path: '/api/v1/entitlements/', status: 304 })
    await shop.take('tokens', 4)
    wait(10_001)
    expect(acme.remaining('tokens')).toBe(10)
    await acme.refresh()
    expect([acme.remaining('tokens'), asked.at(-1)?.status, errors]).toEqual([6, 200, []])
  })

  it('never answers from what is older than its bound: then the declared policy does', async () => {
    const [denying, allowing, knowing] = await Promise.all(
      (['deny', 'allow', 'last_known'] as const).map(async (whenUnreachable) =>
        (await open({ whenUnreachable, maxStaleMs: 30_000, lastKnownMs: 3_600_000 })).entitlementsOf('acme'),
      ),
    )
    cut()
    wait(30_000)
    expect([denying, allowing, knowing].map((one) => one?.remaining('tokens'))).toEqual([10, 10, 10])
    wait(1)
    expect([denying?.allows('tokens'), denying?.remaining('tokens'), denying?.state]).toEqual([false, 0, 'unreachable'])
    expect([allowing?.allows('anything'), allowing?.remaining('tokens')]).toEqual([true, Number.POSITIVE_INFINITY])
    expect([knowing?.allows('tokens'), knowing?.allows('sso'), knowing?.state]).toEqual([true, false, 'last_known'])
    wait(3_600_000)
    expect([knowing?.allows('tokens'), knowing?.state]).toEqual([false, 'unreachable'])
  })

  it('works again by itself once the service is back', async () => {
    cut()
    const acme = await (await open()).entitlementsOf('acme')
    expect(acme.allows('tokens')).toBe(false)
    expect(errors).toMatchObject([{ code: 'service_unreachable' }])
    network = (request, pass) => pass(request)
    wait(1_001)
    acme.allows('tokens')
    await expect.poll(() => acme.allows('tokens')).toBe(true)
  })

  it('begins a new window when the old one is over, whether the service is there or not', async () => {
    await shop.take('tokens', 10)
    const acme = await (await open({ whenUnreachable: 'last_known' })).entitlementsOf('acme')
    expect(acme.allows('tokens')).toBe(false)
    cut()
    shop.billing.clock.set('2026-02-01T00:00:00Z')
    expect([acme.allows('tokens'), acme.remaining('tokens')]).toEqual([true, 10])
  })

  it('is believed for its signature alone: what was changed, or is somebody else’s, is not', async () => {
    await addOrganizationIn(shop.billing, 'other')
    const tampering: Array<[string, typeof network]> = [
      [
        'snapshot_signature_wrong',
        async (request, pass) => {
          const response = await pass(request)
          const text = (await response.text()).replace('"limit":10', '"limit":99')
          return new Response(text, { headers: response.headers })
        },
      ],
      [
        'snapshot_signature_wrong',
        async (request, pass) => {
          const stolen = new Headers(request.headers)
          stolen.set('x-organization-id', 'other')
          return pass(new Request(request, { headers: stolen }))
        },
      ],
      [
        'snapshot_unsigned',
        async (request, pass) => {
          const response = await pass(request)
          response.headers.delete('billhook-signature')
          return response
        },
      ],
    ]
    for (const [code, tamper] of tampering) {
      network = (request, pass) => (request.url.endsWith(keyPath) ? pass(request) : tamper(request, pass))
      const acme = await (await open()).entitlementsOf('acme')
      expect([acme.allows('tokens'), acme.state]).toEqual([false, 'unreachable'])
      expect(errors.at(-1)).toMatchObject({ code })
    }
    network = (request, pass) => pass(request)
    const pinned = await open({ publicKeys: [{ id: 'mine', publicKey: 'A'.repeat(43) }] })
    expect((await pinned.entitlementsOf('acme')).allows('tokens')).toBe(false)
    expect(errors.at(-1)).toMatchObject({ code: 'snapshot_key_unknown' })
  })

  it('learns of an edited plan with the next answer, within its bound', async () => {
    const entitlements = await (await open({ refreshAfterMs: 10_000 })).entitlementsOf('acme')
    await shop.billing.changePlan({ planId: 'free', limits: { calls: { limit: 99, meter: 'calls' } } })
    wait(10_001)
    expect(entitlements.remaining('calls')).toBe(5)
    await expect.poll(() => entitlements.remaining('calls')).toBe(99)
    expect(entitlements.allows('tokens')).toBe(false)
  })

  it('goes on while the secret is rotated: a new key is asked for once, and may be pinned before it signs', async () => {
    const [old] = await publicKeys()
    const client = await (await open()).entitlementsOf('acme')
    const apiKeys = ['bh_the_next_key_of_the_platform_0123456789', testApiKey]
    const rotated = await createTestBilling({ database: shop.billing.ctx.db, apiKeys })
    network = (request) => rotated.handler(request)
    const { json } = await rotated.call('GET', keyPath)
    const listed = (json as { data: Array<{ id: string; public_key: string }> }).data
    expect([listed.length, listed[1]?.id]).toEqual([2, old?.id])
    const pinned = listed.map(({ id, public_key: publicKey }) => ({ id, publicKey }))
    await client.refresh()
    expect((await (await open({ publicKeys: pinned })).entitlementsOf('acme')).allows('tokens')).toBe(true)
    expect([client.allows('tokens'), errors, asked.filter(({ path }) => path === keyPath).length]).toEqual([
      true,
      [],
      2,
    ])
    expect((await (await open({ publicKeys: old && [old] })).entitlementsOf('acme')).allows('tokens')).toBe(false)
    expect(errors).toMatchObject([{ code: 'snapshot_key_unknown' }])
  })

  it('takes no answer that was signed at another time', async () => {
    const acme = await (await open()).entitlementsOf('acme')
    const old = await send(`${shop.billing.baseUrl}/api/v1/entitlements/`, {
      headers: { authorization: `Bearer ${testApiKey}`, 'x-organization-id': 'acme' },
    })
    wait(1)
    await acme.refresh()
    network = async () => old
    await acme.refresh()
    expect(errors).toMatchObject([{ code: 'snapshot_replayed' }])
  })

  it('goes on from what an earlier process kept, if it is signed with a pinned key', async () => {
    const kept = new Map<string, string>()
    const snapshots = {
      load: async (organization: string) => kept.get(organization) ?? null,
      save: async (organization: string, text: string) => void kept.set(organization, text),
    }
    const options = { snapshots, publicKeys: await publicKeys(), whenUnreachable: 'last_known' as const }
    await (await open(options)).entitlementsOf('acme')
    cut()
    wait(3_600_000)
    const later = await (await open(options)).entitlementsOf('acme')
    expect([later.allows('tokens'), later.state]).toEqual([true, 'last_known'])
    kept.set('acme', (kept.get('acme') ?? '').replace('\\"limit\\":10', '\\"limit\\":99'))
    const forged = await (await open(options)).entitlementsOf('acme')
    expect([forged.allows('tokens'), forged.state]).toEqual([false, 'unreachable'])
    await expect(open({ snapshots })).rejects.toMatchObject({ code: 'public_keys_required' })
  })
})

describe('usage on its way', () => {
  const usage = (more: Partial<NonNullable<ClientOptions['usage']>> = {}) => ({
    ...{
      directory,
      deliverEveryMs: 3_600_000,
      onRejected: (all: readonly RejectedUsage[]) => void rejected.push(...all),
    },
    ...more,
  })
  let rejected: RejectedUsage[]
  beforeEach(() => {
    rejected = []
  })
  const event = (id: string, more: Partial<UsageEntry> = {}) => ({ organization: 'acme', meter: 'tokens', id, ...more })

  it('is counted in before it is delivered, and once when it was', async () => {
    const client = await open({ usage: usage() })
    const acme = await client.entitlementsOf('acme')
    await client.record(event('a', { quantity: 4 }))
    await client.record(event('a', { quantity: 4 }))
    expect([acme.remaining('tokens'), client.waiting]).toEqual([6, 2])
    expect(await client.flush()).toBe(true)
    expect([acme.remaining('tokens'), client.waiting, await shop.used('tokens')]).toEqual([6, 0, 4])
    wait(1)
    await acme.refresh()
    expect(acme.remaining('tokens')).toBe(6)
    await client.record(event('b', { quantity: 6 }))
    expect([acme.allows('tokens'), acme.remaining('tokens'), acme.allows('calls')]).toEqual([false, 0, true])
  })

  it('is kept while the service is away, found by the next process, and counted when it occurred', async () => {
    cut()
    const client = await open({ usage: usage() })
    for (let n = 0; n < 25; n++) await client.record(event(`n${n}`, { meter: 'calls' }))
    expect(await client.flush()).toBe(false)
    expect(errors).toMatchObject([{ code: 'service_unreachable' }])
    await client.close()
    network = (request, pass) => pass(request)
    wait(60_000)
    const next = await open({ usage: usage() })
    expect(next.waiting).toBe(25)
    expect((await next.entitlementsOf('acme')).allows('calls')).toBe(false)
    expect(await next.flush()).toBe(true)
    expect([next.waiting, await shop.used('calls')]).toEqual([0, 25])
  })

  it('is sent again with the same ids when the answer was lost', async () => {
    const client = await open({ usage: usage() })
    await client.record(event('a'))
    network = async (request, pass) => {
      await pass(request)
      return new Response('bad gateway', { status: 502 })
    }
    expect(await client.flush()).toBe(false)
    network = (request, pass) => pass(request)
    expect(await client.flush()).toBe(true)
    expect(await shop.used('tokens')).toBe(1)
  })

  it('says of each event that will never be taken why, and delivers the others', async () => {
    const client = await open({ usage: usage() })
    await client.record(event('a'))
    await client.record(event('b', { meter: 'nothing' }))
    await client.record(event('c', { organization: 'nobody' }))
    expect(await client.flush()).toBe(true)
    await client.record(event('a', { quantity: 3 }))
    expect(await client.flush()).toBe(true)
    expect(rejected.map(({ id, code }) => `${id} ${code}`)).toEqual([
      ...['b unknown_meter', 'c organization_not_found', 'a usage_conflict'],
    ])
    expect([client.waiting, await shop.used('tokens')]).toEqual([0, 1])
  })

  it('waits for whoever may not send, instead of losing what they sent', async () => {
    const client = await open({ usage: usage(), apiKey: 'bh_wrong_key_for_the_platform_0123456789' })
    await client.record(event('a'))
    expect(await client.flush()).toBe(false)
    expect([errors, client.waiting]).toMatchObject([[{ code: 'unauthorized' }], 1])
  })

  it('splits what is too much for one request', async () => {
    const client = await open({ usage: usage() })
    const properties = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`p${n}`, 'x'.repeat(160)]))
    await Promise.all(Array.from({ length: 300 }, (_, n) => client.record(event(`n${n}`, { properties }))))
    expect(await client.flush()).toBe(true)
    expect(asked.map(({ status }) => status)).toEqual([413, 413, 200, 200, 413, 200, 200])
    expect(await shop.used('tokens')).toBe(300)
  })

  it('refuses what is beyond its bound, or drops the oldest and says which', async () => {
    const full = await open({ usage: usage({ maxEvents: 2 }) })
    const attempts = await Promise.allSettled(['a', 'b', 'c'].map((id) => full.record(event(id))))
    expect(attempts.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(attempts[2]).toMatchObject({ reason: { code: 'usage_outbox_full' } })
    await full.close()
    const dropped: string[] = []
    const onDropped = (entries: readonly UsageEntry[]) => void dropped.push(...entries.map(({ id }) => id))
    await expect(open({ usage: usage({ whenFull: 'drop_oldest' }) })).rejects.toMatchObject({
      code: 'on_dropped_required',
    })
    const dropping = await open({ usage: usage({ maxEvents: 2, whenFull: 'drop_oldest', onDropped }) })
    await Promise.all(['d', 'e'].map((id) => dropping.record(event(id))))
    expect([dropped, dropping.waiting]).toEqual([['a', 'b'], 2])
    await dropping.flush()
    expect(await shop.used('tokens')).toBe(2)
  })

  it('has a directory of its own', async () => {
    await open({ usage: usage() })
    // The lock of another process that lives: the one that started this one.
    await rm(join(directory, 'lock'))
    await writeFile(join(directory, 'lock'), JSON.stringify({ pid: process.ppid, host: hostname() }))
    await expect(open({ usage: usage() })).rejects.toMatchObject({ code: 'usage_outbox_in_use' })
  })
})
