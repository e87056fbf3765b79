import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeServer } from '../emulator/loopback-server.ts'
import type { SignedDelivery } from './event-outbox.ts'
import { openTestAccount, type TestAccount } from './test-account.ts'
import { type Forgery, forgeries } from './webhook-signing.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount()
})
afterEach(() => account.emulator.stop())

/** The online check, with the event's bytes put into the request as they are, or as a rewritten body. */
async function verify({ headers, body }: Pick<SignedDelivery, 'headers' | 'body'>, rewrite = false) {
  const facts = JSON.stringify({
    auth_algo: headers['paypal-auth-algo'],
    cert_url: headers['paypal-cert-url'],
    transmission_id: headers['paypal-transmission-id'],
    transmission_sig: headers['paypal-transmission-sig'] ?? '',
    transmission_time: headers['paypal-transmission-time'],
    webhook_id: account.emulator.webhookId,
  })
  const event = rewrite ? JSON.stringify(JSON.parse(body)) : body
  const text = `${facts.slice(0, -1)},"webhook_event":${event}}`
  const answer = await account.call('POST', '/v1/notifications/verify-webhook-signature', { text })
  return Object(answer.body).verification_status
}

describe('a delivery', () => {
  it('is genuine byte for byte, and not when its JSON is written anew', async () => {
    await account.createProduct()
    const [delivery] = account.emulator.signed()
    if (!delivery) throw new Error('nothing was told')
    expect(JSON.parse(delivery.body)).toEqual(delivery.event)
    expect(await verify(delivery)).toBe('SUCCESS')
    expect(await verify(delivery, true)).toBe('FAILURE')
  })

  it.each(forgeries)('can be false: %s', async (forge: Forgery) => {
    await account.createProduct()
    const [delivery] = account.emulator.signed({ forge })
    if (!delivery) throw new Error('nothing was told')
    expect(await verify(delivery)).toBe('FAILURE')
  })

  it('keeps its id and gets a new transmission when it is sent again', async () => {
    await account.createProduct()
    const [first] = account.emulator.signed()
    await account.call('POST', `/v1/notifications/webhooks-events/${first?.id}/resend`, { body: {} })
    const [second] = account.emulator.signed()
    expect(second?.id).toBe(first?.id)
    expect(second?.headers['paypal-transmission-id']).not.toBe(first?.headers['paypal-transmission-id'])
    expect(account.emulator.events).toHaveLength(1)
  })

  it('is lost, doubled, delayed or in another order as asked', async () => {
    await account.subscribe()
    const { emulator } = account
    const types = (of: readonly SignedDelivery[]) => of.map(({ type }) => type)
    const all = emulator.events
    const doubled = emulator.signed({
      events: all,
      duplicate: 1,
      drop: ({ event_type }) => /PLAN|PRODUCT/.test(event_type),
    })
    expect(doubled).toHaveLength(6)
    const shuffled = types(emulator.signed({ events: all, order: 'shuffled', seed: 3 }))
    expect(shuffled).not.toEqual(types(emulator.signed({ events: all })))
    expect([...shuffled].sort()).toEqual(all.map(({ event_type }) => event_type).sort())
    await account.createPlan()
    emulator.signed({ delay: ({ event_type }) => event_type === 'BILLING.PLAN.CREATED' })
    expect(types(emulator.signed())).toEqual(['BILLING.PLAN.CREATED'])
  })

  it('is posted, and stays in the queue until it was acknowledged', async () => {
    let status = 500
    const receiver = createServer((_request, response) => response.writeHead(status).end())
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const { emulator } = account
    emulator.webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    await account.createProduct()
    expect(await emulator.deliver()).toMatchObject([{ type: 'CATALOG.PRODUCT.CREATED', status: 500 }])
    status = 204
    expect(await emulator.deliver()).toHaveLength(1)
    expect(emulator.queued).toEqual([])
    await closeServer(receiver)
  })
})

describe('the certificates', () => {
  it('lead from the leaf that is served to the root, by name and by signature', async () => {
    await account.createProduct()
    const [delivery] = account.emulator.signed()
    const { pathname } = new URL(delivery?.headers['paypal-cert-url'] ?? '')
    const pem = await (await fetch(`${account.emulator.baseUrl}${pathname}`)).text()
    const [leaf, middle] = (pem.match(/-----BEGIN.+?-----END CERTIFICATE-----/gs) ?? []).map(
      (one) => new X509Certificate(one),
    )
    const root = new X509Certificate(account.emulator.certificateAuthority)
    if (!leaf || !middle) throw new Error('no chain')
    expect(leaf.subject).toBe('CN=messageverificationcerts.sandbox.paypal.com')
    expect(leaf.subjectAltName).toBe('DNS:messageverificationcerts.sandbox.paypal.com')
    expect([leaf.ca, middle.ca, root.ca]).toEqual([false, true, true])
    expect([leaf.checkIssued(middle), middle.checkIssued(root), root.checkIssued(root)]).toEqual([true, true, true])
    expect([leaf.verify(middle.publicKey), middle.verify(root.publicKey), leaf.verify(root.publicKey)]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('are served under PayPal’s path alone', async () => {
    const { status } = await fetch(`${account.emulator.baseUrl}/v1/notifications/certs/CERT-unknown`)
    expect(status).toBe(404)
  })
})

describe('the registration', () => {
  it('takes webhooks for https addresses and known events, and shows, changes and removes them', async () => {
    const { call } = account
    const path = '/v1/notifications/webhooks'
    const body = { url: 'https://billing.example.test/paypal', event_types: [{ name: 'PAYMENT.SALE.COMPLETED' }] }
    const made = await call('POST', path, { body })
    expect(made.status).toBe(201)
    expect((await call('POST', path, { body })).body).toMatchObject({ name: 'WEBHOOK_URL_ALREADY_EXISTS' })
    expect((await call('POST', path, { body: { ...body, url: 'http://billing.example.test/' } })).status).toBe(400)
    expect((await call('POST', path, { body: { ...body, event_types: [{ name: 'NO.SUCH' }] } })).status).toBe(400)
    const own = `${path}/${Object(made.body).id}`
    await call('PATCH', own, { body: [{ op: 'replace', path: '/event_types', value: [{ name: '*' }] }] })
    expect((await call('GET', own)).body).toMatchObject({ event_types: [{ name: '*' }] })
    expect((await call('DELETE', own)).status).toBe(204)
    expect(Object((await call('GET', path)).body).webhooks).toHaveLength(1)
  })

  it('lists events newest first, by type and time', async () => {
    const { call, emulator } = account
    await account.subscribe()
    emulator.clock.advance('P1M')
    const path = '/v1/notifications/webhooks-events?page_size=1'
    const sales = await call('GET', `${path}&event_type=PAYMENT.SALE.COMPLETED`)
    expect(sales.body).toMatchObject({ count: 1, events: [{ create_time: '2027-02-28T10:13:00.000Z' }] })
    const early = await call('GET', `${path}&event_type=PAYMENT.SALE.COMPLETED&end_time=2027-02-01T00:00:00Z`)
    expect(early.body).toMatchObject({ events: [{ create_time: '2027-01-31T12:00:00.000Z' }] })
  })
})
