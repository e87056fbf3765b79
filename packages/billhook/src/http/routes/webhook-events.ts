import { createRoute } from '@hono/zod-openapi'
import type { Context } from '../../context.ts'
import {
  getWebhookEvent,
  ignoreWebhookEvent,
  listWebhookEvents,
  replayWebhookEvent,
  replayWebhookEvents,
  revealWebhookPayload,
} from '../../webhooks/index.ts'
import type { RegisterRoutes, RouteTools } from '../env.ts'
import { answer, body, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import {
  reasonInput,
  replayedSchema,
  replayInput,
  webhookEventFilter,
  webhookEventJson,
  webhookEventSchema,
  webhookEventWithPayload,
  webhookEventWithPayloadJson,
} from '../schemas/webhook-event.ts'

const tags = ['Administration']
const base = '/api/v1/admin/webhook-events'

export const webhookEventRoutes: RegisterRoutes = (app, tools) => {
  const { ctx, access } = tools
  const list = createRoute({
    method: 'get',
    path: `${base}/`,
    tags,
    summary: 'The inbox, newest first',
    middleware: [access('operator', 'admin')] as const,
    request: { query: pageQuery.extend(webhookEventFilter) },
    responses: { 200: answer(listOf(webhookEventSchema, 'WebhookEventList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const { dedupe_key: dedupeKey, ...query } = c.req.valid('query')
    const filter = { organizationId: c.get('organizationId') ?? undefined, dedupeKey, ...filterOf(query) }
    return c.json(listJson(await listWebhookEvents(ctx, filter), webhookEventJson), 200)
  })

  const get = createRoute({
    method: 'get',
    path: `${base}/{id}/`,
    tags,
    summary: 'One delivery, with its payload; personal data and secrets in it are masked',
    middleware: [access('platform', 'admin')] as const,
    request: { params: idParameter },
    responses: { 200: answer(webhookEventWithPayload), ...problems },
  })
  app.openapi(get, async (c) => c.json(await shownEvent(ctx, c.req.valid('param').id), 200))

  revealRoute(app, tools)
  replayRoutes(app, tools)
  ignoreRoute(app, tools)
}

const shownEvent = async (ctx: Context, webhookEventId: string) =>
  webhookEventWithPayloadJson(await getWebhookEvent(ctx, { webhookEventId }))

type Times = { received_after?: string | undefined; received_before?: string | undefined }

const filterOf = <T extends Times>({ received_after, received_before, ...filter }: T) => ({
  ...filter,
  receivedAfter: received_after === undefined ? undefined : new Date(received_after),
  receivedBefore: received_before === undefined ? undefined : new Date(received_before),
})

const revealRoute: RegisterRoutes = (app, { ctx, access }: RouteTools) => {
  const reveal = createRoute({
    method: 'post',
    path: `${base}/{id}/reveal-payload/`,
    tags,
    summary: 'One delivery with its payload as it came; who asked, and why, is written into the audit log',
    // No Idempotency-Key: the answer would be kept with the key.
    middleware: [access('platform', 'admin')] as const,
    request: { params: idParameter, body: body(reasonInput) },
    responses: { 200: answer(webhookEventWithPayload), ...problems },
  })
  app.openapi(reveal, async (c) => {
    const { reason } = c.req.valid('json')
    const input = { webhookEventId: c.req.valid('param').id, reason, actor: c.get('credential').actor }
    return c.json(webhookEventWithPayloadJson(await revealWebhookPayload(ctx, input)), 200)
  })
}

const replayRoutes: RegisterRoutes = (app, { ctx, access, idempotent }: RouteTools) => {
  const replay = createRoute({
    method: 'post',
    path: `${base}/{id}/replay/`,
    tags,
    summary: 'Work on it once more',
    middleware: [access('platform', 'admin'), idempotent] as const,
    request: { params: idParameter },
    responses: { 200: answer(webhookEventWithPayload), ...conflictProblem, ...problems },
  })
  app.openapi(replay, async (c) => {
    const webhookEventId = c.req.valid('param').id
    await replayWebhookEvent(ctx, { webhookEventId, actor: c.get('credential').actor })
    return c.json(await shownEvent(ctx, webhookEventId), 200)
  })

  const replayAll = createRoute({
    method: 'post',
    path: `${base}/replay/`,
    tags,
    summary: 'Work once more on those that fit: dead ones when nothing else is said, the oldest first',
    middleware: [access('operator', 'admin'), idempotent] as const,
    request: { body: body(replayInput) },
    responses: { 200: answer(replayedSchema), ...conflictProblem, ...problems },
  })
  app.openapi(replayAll, async (c) => {
    const filter = { organizationId: c.get('organizationId') ?? undefined, ...filterOf(c.req.valid('json')) }
    const { replayed, hasMore } = await replayWebhookEvents(ctx, { ...filter, actor: c.get('credential').actor })
    return c.json({ replayed, has_more: hasMore }, 200)
  })
}

const ignoreRoute: RegisterRoutes = (app, { ctx, access, idempotent }: RouteTools) => {
  const ignore = createRoute({
    method: 'post',
    path: `${base}/{id}/ignore/`,
    tags,
    summary: 'Give up on one that failed or is dead: the rest of its line goes on without it',
    middleware: [access('platform', 'admin'), idempotent] as const,
    request: { params: idParameter, body: body(reasonInput) },
    responses: { 200: answer(webhookEventWithPayload), ...conflictProblem, ...problems },
  })
  app.openapi(ignore, async (c) => {
    const webhookEventId = c.req.valid('param').id
    const { reason } = c.req.valid('json')
    await ignoreWebhookEvent(ctx, { webhookEventId, reason, actor: c.get('credential').actor })
    return c.json(await shownEvent(ctx, webhookEventId), 200)
  })
}
