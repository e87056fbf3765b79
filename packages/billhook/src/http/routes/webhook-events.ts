import { createRoute, z } from '@hono/zod-openapi'
import { getWebhookEvent, listWebhookEvents, replayWebhookEvent } from '../../webhooks/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import {
  webhookEventJson,
  webhookEventSchema,
  webhookEventStatus,
  webhookEventWithPayload,
  webhookEventWithPayloadJson,
} from '../schemas/webhook-event.ts'

const tags = ['Administration']

export const webhookEventRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/admin/webhook-events/',
    tags,
    summary: 'The inbox, newest first',
    middleware: [access('platform', 'admin')] as const,
    request: {
      query: pageQuery.extend({
        status: webhookEventStatus.optional(),
        provider: z.string().max(40).optional(),
        type: z.string().max(200).optional(),
      }),
    },
    responses: { 200: answer(listOf(webhookEventSchema, 'WebhookEventList')), ...problems },
  })
  app.openapi(list, async (c) =>
    c.json(listJson(await listWebhookEvents(ctx, c.req.valid('query')), webhookEventJson), 200),
  )

  const get = createRoute({
    method: 'get',
    path: '/api/v1/admin/webhook-events/{id}/',
    tags,
    summary: 'One delivery, with its payload',
    middleware: [access('platform', 'admin')] as const,
    request: { params: idParameter },
    responses: { 200: answer(webhookEventWithPayload), ...problems },
  })
  app.openapi(get, async (c) => {
    const event = await getWebhookEvent(ctx, { webhookEventId: c.req.valid('param').id })
    return c.json(webhookEventWithPayloadJson(event), 200)
  })

  const replay = createRoute({
    method: 'post',
    path: '/api/v1/admin/webhook-events/{id}/replay/',
    tags,
    summary: 'Work on it once more',
    middleware: [access('platform', 'admin'), idempotent] as const,
    request: { params: idParameter },
    responses: { 200: answer(webhookEventWithPayload), ...conflictProblem, ...problems },
  })
  app.openapi(replay, async (c) => {
    const webhookEventId = c.req.valid('param').id
    await replayWebhookEvent(ctx, { webhookEventId, actor: c.get('credential').actor })
    return c.json(webhookEventWithPayloadJson(await getWebhookEvent(ctx, { webhookEventId })), 200)
  })
}
