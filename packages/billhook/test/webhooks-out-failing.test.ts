import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { listAlerts } from '../src/domain/alerts/index.ts'
import { retryDelaysMs } from '../src/outbox/retry-schedule.ts'
import { sendDueWebhooks, settleWebhooks } from '../src/outbox/send-webhooks.ts'
import { listEvents, selectRows } from './support/sandbox-shop.ts'
import { actor, dayMs, openSender, type Sender } from './support/webhooks-out.ts'

let sender: Sender
beforeAll(async () => {
  sender = await openSender()
})
afterAll(() => sender.close())
beforeEach(async () => {
  await sender.forget()
  sender.receiver.reset()
})

const openAlerts = async () => (await listAlerts(sender.ctx, { status: 'open', limit: 100 })).data
const statusOf = (endpointId: string) => sender.billing.getWebhookEndpoint({ organizationId: null, endpointId })
const afterMs = async (ms: number) => {
  sender.clock.advanceMs(ms)
  await sender.billing.runJobs()
}

it('tries ten times over three days, later each time and never early, then gives up and says so', async () => {
  const { receiver, billing } = sender
  const { endpointId } = await sender.endpoint('/a')
  receiver.status(500)
  await sender.happen()
  await billing.runJobs()
  for (const [retry, delayMs] of retryDelaysMs.entries()) {
    await afterMs(delayMs - 1)
    expect(receiver.at('/a')).toHaveLength(retry + 1)
    await afterMs(delayMs * 0.2 + 1)
    expect(receiver.at('/a')).toHaveLength(retry + 2)
  }
  await afterMs(2 * dayMs)
  expect(receiver.at('/a')).toHaveLength(10)
  expect(new Set(receiver.at('/a').map(({ headers }) => headers.get('webhook-id'))).size).toBe(1)
  expect(new Set(receiver.at('/a').map(({ body }) => body)).size).toBe(1)
  expect(new Set(receiver.at('/a').map(({ headers }) => headers.get('webhook-timestamp'))).size).toBe(10)
  const [delivery] = await sender.deliveries(endpointId)
  expect(delivery).toMatchObject({ status: 'dead', lastError: 'HTTP 500' })
  expect(delivery?.attempts).toHaveLength(10)
  expect(delivery?.attempts[9]).toMatchObject({ attemptNo: 10, statusCode: 500, responseStart: 'status 500' })
})

it('waits longer where the receiver asks for it', async () => {
  const { receiver, billing } = sender
  await sender.endpoint('/a')
  receiver.answer = (_request, response) => void response.writeHead(429, { 'retry-after': '3600' }).end()
  await sender.happen()
  await billing.runJobs()
  await afterMs(3_599_000)
  expect(receiver.at('/a')).toHaveLength(1)
  await afterMs(1_000)
  expect(receiver.at('/a')).toHaveLength(2)
})

it('takes neither a redirect nor silence for an answer, and keeps the beginning of a long one', async () => {
  const { receiver, billing, ctx } = sender
  const { endpointId } = await sender.endpoint('/a')
  const sent = async (settings = ctx.settings) => {
    await sender.happen()
    const once = { ...ctx, settings }
    await sendDueWebhooks(once)
    await settleWebhooks(once)
    return (await sender.deliveries(endpointId)).at(-1)
  }
  receiver.answer = (_request, response) => void response.writeHead(302, { location: receiver.url('/b') }).end()
  expect(await sent()).toMatchObject({ status: 'pending', lastError: 'HTTP 302' })
  receiver.answer = () => {}
  expect(await sent({ ...ctx.settings, webhookTimeoutMs: 20 })).toMatchObject({
    status: 'pending',
    attempts: [{ statusCode: null, error: 'timeout' }],
  })
  receiver.answer = (_request, response) => response.socket?.destroy()
  expect((await sent())?.attempts).toMatchObject([
    { statusCode: null, error: expect.stringMatching(/hang up|ECONNRESET/) },
  ])
  receiver.answer = (_request, response) => {
    response.write('\0'.repeat(100_000))
  }
  const long = await sent()
  expect(long?.status).toBe('delivered')
  expect(long?.attempts[0]?.responseStart).toBe('\\u0000'.repeat(500))
  expect(receiver.at('/b')).toEqual([])
  await billing.runJobs()
})

it('disables an endpoint that answers 410, at once, and tells a person and the organization', async () => {
  const { receiver, billing, own } = sender
  const { endpointId } = await sender.endpoint('/gone')
  await sender.endpoint('/alive', { eventTypes: ['alert.raised'] })
  receiver.answer = ({ path }, response) => void response.writeHead(path === '/gone' ? 410 : 200).end()
  await sender.happen(own, { count: 3 })
  await billing.runJobs()
  expect(await statusOf(endpointId)).toMatchObject({ status: 'disabled', disabledReason: 'gone' })
  const [alert, ...others] = await openAlerts()
  expect(others).toEqual([])
  expect(alert).toMatchObject({ kind: 'webhook_endpoint_disabled', subject: endpointId, organizationId: own })
  // Three were under way together, and it was told once.
  const told = await listEvents(billing, own, { type: 'alert.raised', ...(alert && { objectId: alert.id }) })
  expect(told.map(({ data }) => data.subject)).toEqual([endpointId])
  expect(receiver.at('/alive').map(({ body }) => JSON.parse(body).data.subject)).toEqual([endpointId])
  expect((await sender.deliveries(endpointId)).map(({ status }) => status)).toEqual(['dead', 'dead', 'dead'])
  await sender.happen(own)
  await billing.runJobs()
  expect(receiver.at('/gone')).toHaveLength(3)
})

it('disables an endpoint where everything has failed for five days, and not one where something has arrived', async () => {
  const { receiver, billing, own } = sender
  const { endpointId } = await sender.endpoint('/a')
  const fail = async () => {
    receiver.status(503)
    await sender.happen(own)
    await billing.runJobs()
  }
  await fail()
  sender.clock.advanceMs(4 * dayMs)
  receiver.status(200)
  await billing.runJobs()
  expect(await statusOf(endpointId)).toMatchObject({ status: 'active', failingSince: null })
  await fail()
  sender.clock.advanceMs(5 * dayMs - 1)
  await fail()
  expect((await statusOf(endpointId)).status).toBe('active')
  sender.clock.advanceMs(1)
  await fail()
  expect(await statusOf(endpointId)).toMatchObject({ status: 'disabled', disabledReason: 'failing' })
  expect(await openAlerts()).toMatchObject([{ kind: 'webhook_endpoint_disabled', organizationId: own }])

  // Enabled again, its alert is settled, and the next time is told again.
  await billing.changeWebhookEndpoint({ organizationId: own, endpointId, status: 'active', actor })
  expect(await openAlerts()).toEqual([])
  receiver.status(410)
  await sender.happen(own)
  await billing.runJobs()
  expect(await openAlerts()).toHaveLength(1)
})

it('alerts about the platform’s endpoint without an organization', async () => {
  const { receiver, billing, own } = sender
  const before = (await listEvents(billing, own, { type: 'alert.raised' })).length
  await sender.endpoint('/platform', { organizationId: null })
  receiver.status(410)
  await sender.happen(own)
  await billing.runJobs()
  expect(await openAlerts()).toMatchObject([{ kind: 'webhook_endpoint_disabled', organizationId: null }])
  expect(await listEvents(billing, own, { type: 'alert.raised' })).toHaveLength(before)
})

it('sends one again at a person’s request, under the same id, and twice at a time never', async () => {
  const { receiver, billing, ctx, own } = sender
  const { endpointId } = await sender.endpoint('/a')
  await sender.happen(own)
  await billing.runJobs()
  const [delivery] = await sender.deliveries(endpointId)
  const again = { organizationId: own, endpointId, deliveryId: delivery?.id ?? '', actor }
  await billing.redeliverWebhook(again)
  const held: Array<() => void> = []
  const arrived = new Promise<void>((resolve) => {
    receiver.answer = (_request, response) => {
      held.push(() => response.end())
      resolve()
    }
  })
  await sendDueWebhooks(ctx)
  await arrived
  await expect(billing.redeliverWebhook(again)).rejects.toMatchObject({ code: 'webhook_delivery_in_progress' })
  for (const release of held) release()
  await settleWebhooks(ctx)
  await billing.runJobs()
  const [first, second, ...more] = receiver.at('/a').map(({ headers }) => headers.get('webhook-id'))
  expect([second, ...more]).toEqual([first])
  await billing.changeWebhookEndpoint({ organizationId: own, endpointId, status: 'disabled', actor })
  await expect(billing.redeliverWebhook(again)).rejects.toMatchObject({ code: 'webhook_endpoint_disabled' })
  expect(
    await selectRows(billing, `select action, actor from billhook.audit_log where subject = '${again.deliveryId}'`),
  ).toEqual([{ action: 'redeliver_webhook', actor }])
})

it('recovers what was given up and what was missed since a time, and nothing that arrived', async () => {
  const { receiver, billing, own, other, clock } = sender
  const { endpointId } = await sender.endpoint('/a')
  const input = { organizationId: own, endpointId, actor }
  const happen = async (objectId: string, organizationId = own) => {
    await sender.happen(organizationId, { objectId })
    await billing.runJobs()
    clock.advanceMs(1_000)
  }
  const objects = () => receiver.at('/a').map(({ body }) => JSON.parse(body).object_id)
  receiver.status(500)
  await happen('too early')
  const since = clock.now()
  receiver.status(200)
  await happen('arrived')
  receiver.status(500)
  await happen('given up')
  await billing.changeWebhookEndpoint({ ...input, status: 'disabled' })
  await happen('missed')
  await happen('of another', other)
  receiver.reset()
  await expect(billing.recoverWebhooks({ ...input, since })).rejects.toMatchObject({
    code: 'webhook_endpoint_disabled',
  })
  await billing.changeWebhookEndpoint({ ...input, status: 'active' })
  expect(await billing.recoverWebhooks({ ...input, since })).toEqual({ queued: 2 })
  await billing.runJobs()
  expect(objects().toSorted()).toEqual(['given up', 'missed'])
  expect(await billing.recoverWebhooks({ ...input, since })).toEqual({ queued: 0 })

  // What is recovered has a whole schedule before it.
  const [given] = (await sender.deliveries(endpointId)).filter(({ attempts }) => attempts.length > 1)
  expect(given?.attempts.map(({ statusCode }) => statusCode)).toEqual([500, 200])
})

it('forgets attempts after thirty days, and keeps what became of the delivery', async () => {
  const { billing, own } = sender
  const { endpointId } = await sender.endpoint('/a')
  await sender.happen(own)
  await billing.runJobs()
  await afterMs(30 * dayMs - 1)
  expect((await sender.deliveries(endpointId))[0]?.attempts).toHaveLength(1)
  await afterMs(2)
  expect((await sender.deliveries(endpointId))[0]).toMatchObject({ status: 'delivered', attempts: [] })
})
