import { sql } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { inOrganization, inOrganizations, rowsOf, sqlState, together } from '../src/db/index.ts'
import { appendStatements } from '../src/outbox/append.ts'
import { sendDueWebhooks, settleWebhooks } from '../src/outbox/send-webhooks.ts'
import { verifyWebhook } from '../src/outbox/verify-webhook.ts'
import { openShop } from './support/sandbox-shop.ts'
import type { Received } from './support/webhook-receiver.ts'
import { actor, openSender, type Sender } from './support/webhooks-out.ts'

let sender: Sender
beforeAll(async () => {
  sender = await openSender()
})
afterAll(() => sender.close())
beforeEach(async () => {
  await sender.forget()
  sender.receiver.reset()
})

const idsOf = (received: readonly Received[]) => received.map(({ headers }) => headers.get('webhook-id'))
const organizationsOf = (received: readonly Received[]) =>
  received.map(({ body }) => JSON.parse(body).organization_external_id)

it('sends what happened, once, signed as Standard Webhooks say, with the event’s id and its object’s sequence', async () => {
  const { billing, own, receiver } = sender
  const { secret } = await sender.endpoint('/a')
  await sender.happen(own, { objectId: 'x', count: 2 })
  await billing.runJobs()
  await billing.runJobs()
  const events = (await billing.listBillingEvents({ organizationId: own, objectId: 'x' })).data
  expect(idsOf(receiver.at('/a')).toSorted()).toEqual(events.map(({ id }) => id))
  for (const { headers, body } of receiver.at('/a')) {
    const id = headers.get('webhook-id') ?? ''
    expect(headers.get('webhook-signature')).toBe(new Webhook(secret).sign(id, billing.clock.now(), body))
    const message = verifyWebhook({ body, headers, secret, now: billing.clock.now() })
    const event = events.find((one) => one.id === id)
    expect(message).toMatchObject({
      id,
      type: 'customer.created',
      timestamp: event?.occurredAt.toISOString(),
      organization_id: own,
      organization_external_id: 'acme',
      object_id: 'x',
      sequence: event?.sequence,
      data: { external_customer_id: event?.type === 'customer.created' && event.data.externalCustomerId },
    })
  }
})

it('tells an endpoint of the organization’s own events and never of another’s, and the platform’s of all', async () => {
  const { billing, own, other, receiver } = sender
  const mine = await sender.endpoint('/own')
  await sender.endpoint('/other', { organizationId: other })
  await sender.endpoint('/platform', { organizationId: null })
  await sender.happen(own)
  await sender.happen(other)
  await billing.runJobs()
  expect(organizationsOf(receiver.at('/own'))).toEqual(['acme'])
  expect(organizationsOf(receiver.at('/other'))).toEqual(['rival'])
  expect(organizationsOf(receiver.at('/platform')).toSorted()).toEqual(['acme', 'rival'])
  const stranger = { organizationId: other, endpointId: mine.endpointId, actor }
  for (const attempt of [
    () => billing.getWebhookEndpoint(stranger),
    () => billing.changeWebhookEndpoint({ ...stranger, status: 'disabled' }),
    () => billing.deleteWebhookEndpoint(stranger),
    () => billing.rotateWebhookSecret(stranger),
    () => billing.sendTestWebhook(stranger),
    () => billing.listWebhookDeliveries(stranger),
    () => billing.recoverWebhooks({ ...stranger, since: new Date(0) }),
    () => billing.redeliverWebhook({ ...stranger, deliveryId: 'x' }),
  ])
    await expect(attempt()).rejects.toMatchObject({ code: 'webhook_endpoint_not_found' })
})

it('keeps organizations apart where the facts of several are written in one statement', async () => {
  const { ctx, billing, own, other, receiver } = sender
  await sender.endpoint('/own')
  await sender.endpoint('/other', { organizationId: other })
  const fact = (organizationId: string) => ({
    type: 'customer.created' as const,
    objectId: `together ${organizationId}`,
    data: { id: 'x', organizationId, provider: 'sandbox', externalCustomerId: 'x' },
  })
  const told = [own, other].map((organizationId) => ({
    organizationId,
    facts: [fact(organizationId)],
    source: 'webhook' as const,
    occurredAt: ctx.clock.now(),
  }))
  await inOrganizations(ctx.db, { organizationIds: [own, other] }, ({ tx }) =>
    tx.execute(together(appendStatements(ctx, told))),
  )
  await billing.runJobs()
  expect(organizationsOf(receiver.at('/own'))).toEqual(['acme'])
  expect(organizationsOf(receiver.at('/other'))).toEqual(['rival'])
})

it('lets an organization’s scope read neither addresses nor secrets, and of the log its own alone', async () => {
  const { ctx, billing, own, other } = sender
  await sender.endpoint('/a')
  await sender.happen(own)
  await billing.runJobs()
  const count = async (organizationId: string) => {
    const rows = await inOrganization(ctx.db, organizationId, ({ tx }) =>
      rowsOf(tx.execute(sql`select delivery_id from billhook.delivery_attempts`)),
    )
    return rows.length
  }
  expect([await count(own), await count(other)]).toEqual([1, 0])
  for (const what of ['url from billhook.webhook_endpoints', 'secret from billhook.webhook_secrets']) {
    const read = inOrganization(ctx.db, own, ({ tx }) => tx.execute(sql.raw(`select ${what}`)))
    await expect(
      read.catch((error) => Promise.reject(sqlState(error))),
      what,
    ).rejects.toBe('42501')
  }
})

it('sends only what the filter names, by type or by object', async () => {
  const { billing, own, receiver } = sender
  await sender.endpoint('/type', { eventTypes: ['customer.created'] })
  await sender.endpoint('/object', { eventTypes: ['invoice.paid', 'customer.*'] })
  await sender.endpoint('/else', { eventTypes: ['invoice.*'] })
  await sender.happen(own)
  await billing.runJobs()
  expect(['/type', '/object', '/else'].map((path) => receiver.at(path).length)).toEqual([1, 1, 0])
  await expect(sender.endpoint('/a', { eventTypes: ['invoice.payed'] })).rejects.toMatchObject({
    code: 'unknown_event_type',
  })
})

it('signs with the old secret and the new until the overlap ends, and shows a secret once', async () => {
  const { billing, own, receiver, clock } = sender
  const { endpointId, secret: old } = await sender.endpoint('/a')
  const rotated = await billing.rotateWebhookSecret({ organizationId: own, endpointId, overlapHours: 2, actor })
  const verifies = async (secret: string) => {
    const last = receiver.at('/a').at(-1)
    return Boolean(last && signed(last, secret))
  }
  const signed = ({ headers, body }: Received, secret: string) => {
    try {
      return verifyWebhook({ headers, body, secret, now: clock.now() })
    } catch {
      return null
    }
  }
  await sender.happen()
  await billing.runJobs()
  expect([await verifies(old), await verifies(rotated.secret)]).toEqual([true, true])
  clock.advanceMs(2 * 3_600_000)
  await sender.happen()
  await billing.runJobs()
  expect(receiver.at('/a')).toHaveLength(2)
  expect([await verifies(old), await verifies(rotated.secret)]).toEqual([false, true])
  const shown = JSON.stringify(await billing.listWebhookEndpoints({ organizationId: own }))
  expect(shown).toContain(endpointId)
  expect(shown).not.toContain('whsec_')
})

it('goes on with other endpoints while one is slow, which has four requests under way and no more', async () => {
  const { ctx, receiver } = sender
  const held: Array<() => void> = []
  receiver.answer = ({ path }, response) => {
    if (path === '/slow') held.push(() => response.end())
    else response.end()
  }
  await sender.endpoint('/slow')
  await sender.endpoint('/fast')
  await sender.happen(sender.own, { count: 9 })
  await vi.waitFor(async () => {
    await sendDueWebhooks(ctx)
    expect(receiver.at('/fast')).toHaveLength(9)
    expect(receiver.at('/slow')).toHaveLength(4)
  }, 60_000)
  expect(await sendDueWebhooks(ctx)).toBe(0)
  receiver.answer = (_request, response) => void response.end()
  for (const release of held) release()
  await settleWebhooks(ctx)
  await sender.billing.runJobs()
  expect(new Set(idsOf(receiver.at('/slow'))).size).toBe(9)
  expect(receiver.at('/slow')).toHaveLength(9)
})

it('sends each once, however many processes look at the same time', async () => {
  const { ctx, own, receiver } = sender
  await sender.endpoint('/a')
  await sender.endpoint('/b')
  await sender.happen(own, { count: 12 })
  const processes = Array.from({ length: 4 }, () => ({ ...ctx }))
  let begun = 1
  while (begun > 0) {
    const counts = await Promise.all(processes.map(sendDueWebhooks))
    begun = counts.reduce((sum, count) => sum + count, 0)
    await Promise.all(processes.map(settleWebhooks))
  }
  for (const path of ['/a', '/b']) {
    expect(receiver.at(path)).toHaveLength(12)
    expect(new Set(idsOf(receiver.at(path))).size).toBe(12)
  }
})

it('sends again, under the same id, what a process had sent when it died before writing that down', async () => {
  const { ctx, billing, receiver, clock } = sender
  const { endpointId } = await sender.endpoint('/a')
  await sender.happen()
  let isDead = false
  receiver.answer = (_request, response) => {
    isDead = true
    response.end()
  }
  const transaction: typeof ctx.db.transaction = (opening, work) =>
    isDead ? Promise.reject(new Error('killed')) : ctx.db.transaction(opening, work)
  const dying = { ...ctx, db: { ...ctx.db, transaction } }
  expect(await sendDueWebhooks(dying)).toBe(1)
  await settleWebhooks(dying)
  await billing.runJobs()
  expect(receiver.at('/a')).toHaveLength(1)
  clock.advanceMs(2 * 60_000)
  await billing.runJobs()
  await billing.runJobs()
  const [first, second, third] = receiver.at('/a')
  expect(third).toBeUndefined()
  expect(second?.headers.get('webhook-id')).toBe(first?.headers.get('webhook-id'))
  expect(second?.body).toBe(first?.body)
  // The log tells the crash from a failure: an attempt that never ended.
  const [delivery] = await sender.deliveries(endpointId)
  expect(delivery).toMatchObject({
    status: 'delivered',
    attempts: [
      { attemptNo: 1, finishedAt: null },
      { attemptNo: 2, statusCode: 200 },
    ],
  })
})

it('hands what a provider’s webhooks have changed to endpoints and listeners alike', async () => {
  const heard: string[] = []
  const shop = await openShop({
    settings: { allowPrivateWebhooks: true },
    listeners: { host: ({ id }) => void heard.push(id) },
  })
  try {
    await shop.billing.createWebhookEndpoint({ organizationId: null, url: sender.receiver.url('/shop'), actor })
    await shop.subscribe()
    await shop.settle()
    const told = (await shop.events()).map(({ id }) => id)
    expect(told.length).toBeGreaterThan(4)
    expect(heard).toEqual(told)
    expect(idsOf(sender.receiver.at('/shop')).toSorted()).toEqual(told.toSorted())
  } finally {
    await shop.close()
  }
})
