import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { asPlatform } from '../src/db/index.ts'
import { insertAlert } from '../src/domain/alerts/store.ts'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import type { ToldObject } from '../src/providers/sandbox/objects.ts'
import { createTestBilling, type TestBilling } from '../src/testing/create-test-billing.ts'
import type { NewWebhookEvent } from '../src/webhooks/arrival.ts'
import { insertingEvents } from '../src/webhooks/inbox.ts'
import { prunePayloads } from '../src/webhooks/prune-payloads.ts'
import { addOrganization, selectRows } from './support/sandbox-shop.ts'
import { send, webhookSecret } from './support/send-event.ts'

const inbox = '/api/v1/admin/webhook-events/'
const dayMs = 86_400_000

let billing: TestBilling
let acme: string
beforeAll(async () => {
  billing = await createTestBilling({
    providers: { sandbox: sandboxProvider({ webhookSecret }) },
    settings: { maskedPayloadFields: ['data.note'] },
  })
  acme = await addOrganization(billing, 'acme')
})
afterAll(() => billing.close())
beforeEach(() =>
  selectRows(billing, 'truncate billhook.webhook_events, billhook.audit_log, billhook.alerts restart identity cascade'),
)

let made = 0
/** A row of the inbox, dead unless told otherwise, received at this moment of the clock. Answers its id. */
const keep = async (given: Partial<NewWebhookEvent> = {}): Promise<string> => {
  const { ctx, clock } = billing
  const now = clock.now()
  const { status = 'dead' } = given
  const isDone = status === 'processed' || status === 'ignored'
  const row: NewWebhookEvent = {
    id: ctx.ids.next('webhookEvent'),
    organizationId: null,
    provider: 'sandbox',
    providerKind: 'sandbox',
    dedupeKey: `kept_${++made}`,
    lineKey: `line_${made}`,
    type: 'surprise',
    occurredAt: now,
    payloadVersion: null,
    mode: 'test',
    payload: '{"data":{"email":"ada@example.com","note":"n","amount":7}}',
    status,
    reason: status === 'received' || status === 'processed' ? null : 'cannot_reread: it names nothing',
    attempts: 3,
    dueAt: now,
    receivedAt: now,
    processedAt: isDone ? now : null,
    ...given,
  }
  await asPlatform(ctx.db, ({ tx }) => tx.execute(insertingEvents([row])))
  return row.id ?? ''
}

interface Answer {
  data: Array<{ id: string }>
  has_more: boolean
  next_cursor: string | null
  [name: string]: unknown
}
const call = async (method: string, path: string, body?: unknown, more = {}) => {
  const { status, json } = await billing.call(method, path, { body, ...more })
  return { status, json: json as Answer }
}
const listed = async (query: string, more = {}) =>
  (await call('GET', `${inbox}?${query}`, undefined, more)).json.data.map(({ id }) => id)
const statusOf = async (id: string) =>
  (await selectRows<{ status: string }>(billing, `select status from billhook.webhook_events where id = '${id}'`))[0]
    ?.status
const audited = () =>
  selectRows<{ action: string; subject: string; actor: string; facts: object }>(
    billing,
    'select action, subject, actor, facts from billhook.audit_log order by id',
  )
const openAlertAbout = (subject: string) =>
  asPlatform(billing.ctx.db, (scope) =>
    insertAlert(scope, {
      id: billing.ctx.ids.next('alert'),
      organizationId: null,
      kind: 'webhook_dead',
      subject,
      severity: 'critical',
      detail: 'dead',
      facts: {},
      openedAt: billing.clock.now(),
      resolvedAt: null,
    }),
  )
const openAlerts = () => selectRows(billing, 'select id from billhook.alerts where resolved_at is null')

it('lists the inbox by status, provider, type, organization and time, newest first, page by page', async () => {
  const first = await keep({ status: 'processed', organizationId: acme })
  billing.clock.advanceMs(dayMs)
  const second = await keep({ type: 'other' })
  const third = await keep({ provider: 'sandbox-eu' })
  billing.clock.advanceMs(dayMs)
  const now = billing.clock.now().getTime()
  const at = (days: number) => new Date(now + days * dayMs).toISOString()
  expect(await listed('')).toEqual([third, second, first])
  expect(await listed('status=dead')).toEqual([third, second])
  expect(await listed('status=processed')).toEqual([first])
  expect(await listed('type=other')).toEqual([second])
  expect(await listed('provider=sandbox-eu')).toEqual([third])
  expect(await listed('', { organization: 'acme' })).toEqual([first])
  expect(await listed(`received_after=${at(-1)}`)).toEqual([third, second])
  expect(await listed(`received_before=${at(-1)}`)).toEqual([first])
  expect(await listed(`received_after=${at(-2)}&received_before=${at(0)}&type=surprise`)).toEqual([third, first])
  const page = (await call('GET', `${inbox}?limit=2`)).json
  expect([page.has_more, page.data.length]).toEqual([true, 2])
  expect(await listed(`limit=2&cursor=${page.next_cursor}`)).toEqual([first])
  for (const wrong of ['received_after=yesterday', 'received_after=0000-01-01T00:00:00Z', 'status=lost', 'cursor=abc'])
    expect((await call('GET', `${inbox}?${wrong}`)).status, wrong).toBe(400)
})

it('finds an event by the id that its provider has for it', async () => {
  const id = await keep({ dedupeKey: 'evt_asked_for' })
  await keep({ dedupeKey: 'evt_other' })
  expect(await listed('dedupe_key=evt_asked_for')).toEqual([id])
  expect(await listed('dedupe_key=evt_asked_for&provider=sandbox')).toEqual([id])
  expect(await listed('dedupe_key=evt_asked_for&provider=nobody')).toEqual([])
  expect(await listed('dedupe_key=evt_asked_for&status=processed')).toEqual([])
})

it('shows an event with its error and its payload masked; the whole payload only to whoever says why, on record', async () => {
  const id = await keep()
  const shown = (await call('GET', `${inbox}${id}/`)).json
  expect(shown).toMatchObject({ status: 'dead', reason: 'cannot_reread: it names nothing', payload_is_masked: true })
  expect(JSON.parse(String(shown.payload))).toEqual({ data: { email: '[masked]', note: '[masked]', amount: 7 } })
  expect(await audited()).toEqual([])
  const reveal = `${inbox}${id}/reveal-payload/`
  expect((await call('POST', reveal, {})).status).toBe(400)
  expect((await call('POST', reveal, { reason: 'ticket 7' })).json).toMatchObject({
    payload: '{"data":{"email":"ada@example.com","note":"n","amount":7}}',
    payload_is_masked: false,
  })
  expect(await audited()).toEqual([
    {
      action: 'reveal_webhook_payload',
      subject: id,
      actor: expect.stringMatching(/^platform_key:/),
      facts: { reason: 'ticket 7' },
    },
  ])
})

it('lets nobody look, replay, ignore or reveal without a platform key of scope admin', async () => {
  const id = await keep()
  const { plainKey: own } = await billing.createApiKey({
    organizationId: acme,
    name: 'own',
    scopes: ['read', 'write', 'admin'],
    actor: 'a person',
  })
  const { plainKey: reader } = await billing.createApiKey({
    organizationId: null,
    name: 'reader',
    scopes: ['read', 'write'],
    actor: 'a person',
  })
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['GET', `${id}/`, undefined],
    ['POST', `${id}/reveal-payload/`, { reason: 'r' }],
    ['POST', `${id}/replay/`, undefined],
    ['POST', `${id}/ignore/`, { reason: 'r' }],
    ['POST', 'replay/', {}],
  ] as const)
    for (const key of [own, reader])
      expect((await call(method, inbox + path, body, { key })).status, `${method} ${path}`).toBe(403)
  const done = (await audited()).filter(({ action }) => action !== 'create_api_key')
  expect([await statusOf(id), done]).toEqual(['dead', []])
})

it('replays by filter no more than the limit, the oldest first, says how many and that there are more, each on record', async () => {
  const dead = [await keep(), await keep(), await keep({ organizationId: acme })]
  const others = [await keep({ type: 'other' }), await keep({ status: 'failed' }), await keep({ status: 'ignored' })]
  await openAlertAbout(dead[0] ?? '')
  const some = await call('POST', `${inbox}replay/`, { type: 'surprise', limit: 2 })
  expect(some).toMatchObject({ status: 200, json: { replayed: 2, has_more: true } })
  expect(await Promise.all([...dead, ...others].map(statusOf))).toEqual([
    'received',
    'received',
    'dead',
    'dead',
    'failed',
    'ignored',
  ])
  expect(await openAlerts()).toEqual([])
  const own = await call('POST', `${inbox}replay/`, {}, { organization: 'acme' })
  expect(own.json).toEqual({ replayed: 1, has_more: false })
  const log = (await audited()).filter(({ action }) => action === 'replay_webhook_event')
  expect(log.map(({ subject }) => subject)).toEqual(dead)
  expect(log[0]?.facts).toMatchObject({ was: 'dead', by: 'filter' })
  expect((await call('POST', `${inbox}replay/`, { status: 'processed' })).status).toBe(400)
  expect((await call('POST', `${inbox}replay/`, { limit: 501 })).status).toBe(400)
})

it('ignores by hand what failed or is dead, with the reason, on record; what is applied or waits it leaves alone', async () => {
  const id = await keep()
  await openAlertAbout(id)
  const ignore = (event: string) => call('POST', `${inbox}${event}/ignore/`, { reason: 'a test of theirs' })
  expect(await ignore(id)).toMatchObject({
    status: 200,
    json: { status: 'ignored', reason: 'by hand: a test of theirs', processed_at: expect.any(String) },
  })
  expect((await ignore(id)).status).toBe(200)
  expect(await audited()).toMatchObject([
    { action: 'ignore_webhook_event', subject: id, facts: { was: 'dead', reason: 'a test of theirs' } },
    { action: 'resolve_alert' },
  ])
  expect(await openAlerts()).toEqual([])
  for (const status of ['processed', 'received'] as const)
    expect(await ignore(await keep({ status }))).toMatchObject({
      status: 409,
      json: { code: 'webhook_event_not_failed' },
    })
  expect((await ignore('bhwh_none')).status).toBe(404)
})

it('lets the events behind one that was ignored by hand go on', async () => {
  const line = { lineKey: 'one-line', type: 'surprise', payload: '{}' }
  const stuck = await keep({ ...line, status: 'failed', dueAt: new Date(billing.clock.now().getTime() + dayMs) })
  const behind = await keep({ ...line, status: 'received' })
  await billing.runJobs()
  expect(await statusOf(behind)).toBe('received')
  await call('POST', `${inbox}${stuck}/ignore/`, { reason: 'theirs' })
  await billing.runJobs()
  expect(await statusOf(behind)).not.toBe('received')
})

it('forgets payloads after their time and knows a late duplicate all the same', async () => {
  const event = { id: 'sbx_evt_pruned', type: 'surprise', at: '2026-01-31T10:00:00Z' } as const
  const data = { object: 'subscription', id: 's', customer: 'c' } as ToldObject
  await send({ billing }, { ...event, data })
  const ids = await listed('')
  billing.clock.advanceMs(90 * dayMs)
  await billing.runJobs()
  expect((await call('GET', `${inbox}${ids[0]}/`)).json).toMatchObject({ payload_pruned_at: null })
  billing.clock.advanceMs(1)
  await billing.runJobs()
  const pruned = (await call('GET', `${inbox}${ids[0]}/`)).json
  expect(pruned).toMatchObject({
    status: 'ignored',
    payload: null,
    payload_is_masked: false,
    payload_pruned_at: billing.clock.now().toISOString(),
  })
  await send({ billing }, { ...event, data })
  expect(await listed('')).toEqual(ids)
  expect(await call('POST', `${inbox}${ids[0]}/replay/`)).toMatchObject({
    status: 409,
    json: { code: 'payload_pruned' },
  })
  expect((await call('POST', `${inbox}replay/`, { status: 'ignored' })).json.replayed).toBe(0)
})

it('never forgets what waits, failed or is dead, however old, and the table itself refuses to', async () => {
  const processedAt = billing.clock.now()
  const ids: string[] = []
  for (const status of ['dead', 'failed', 'received'] as const) ids.push(await keep({ status, processedAt }))
  billing.clock.advanceMs(1_000 * dayMs)
  expect(await prunePayloads(billing.ctx)).toBe(0)
  for (const id of ids) {
    const empty = `update billhook.webhook_events set payload = null, payload_pruned_at = now() where id = '${id}'`
    await expect(selectRows(billing, empty)).rejects.toThrow()
  }
})

it('prunes in batches, the oldest first, and nothing at all where payloads are kept for ever', async () => {
  const { ctx, clock } = billing
  await selectRows(
    billing,
    `insert into billhook.webhook_events (id, provider, provider_kind, dedupe_key, line_key, type, mode, payload, status, attempts, due_at, received_at, processed_at)
     select 'bhwh_' || n, 'sandbox', 'sandbox', 'many_' || n, 'l', 't', 'test', '{}', 'processed', 1, at, at, at
     from (select n, timestamptz '${clock.now().toISOString()}' + n * interval '1 second' as at from generate_series(1, 1001) n) rows`,
  )
  clock.advanceMs(91 * dayMs)
  expect(await prunePayloads({ ...ctx, settings: { ...ctx.settings, webhookPayloadDays: null } })).toBe(0)
  expect([await prunePayloads(ctx), await prunePayloads(ctx), await prunePayloads(ctx)]).toEqual([1_000, 1, 0])
})
