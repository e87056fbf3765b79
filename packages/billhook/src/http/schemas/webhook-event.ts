import { z } from '@hono/zod-openapi'
import type { getWebhookEvent, listWebhookEvents } from '../../webhooks/index.ts'
import { instant, iso, isoOrNull } from './common.ts'

export const webhookEventStatus = z.enum(['received', 'processed', 'ignored', 'failed', 'dead'])

export const webhookEventSchema = z
  .object({
    id: z.string(),
    organization_id: z.string().nullable(),
    provider: z.string(),
    dedupe_key: z.string().openapi({ description: 'The id of the provider for it, or what stands for it' }),
    line_key: z.string(),
    type: z.string(),
    mode: z.enum(['live', 'test']),
    status: webhookEventStatus,
    reason: z.string().nullable(),
    attempts: z.int(),
    occurred_at: instant.nullable(),
    received_at: instant,
    processed_at: instant.nullable(),
    due_at: instant,
  })
  .openapi('WebhookEvent')

export const webhookEventWithPayload = webhookEventSchema
  .extend({ payload: z.string().openapi({ description: 'As it came' }) })
  .openapi('WebhookEventWithPayload')

type Listed = Awaited<ReturnType<typeof listWebhookEvents>>['data'][number]
type Whole = Awaited<ReturnType<typeof getWebhookEvent>>

export const webhookEventJson = (event: Listed): z.infer<typeof webhookEventSchema> => ({
  id: event.id,
  organization_id: event.organizationId,
  provider: event.provider,
  dedupe_key: event.dedupeKey,
  line_key: event.lineKey,
  type: event.type,
  mode: event.mode,
  status: event.status,
  reason: event.reason,
  attempts: event.attempts,
  occurred_at: isoOrNull(event.occurredAt),
  received_at: iso(event.receivedAt),
  processed_at: isoOrNull(event.processedAt),
  due_at: iso(event.dueAt),
})

export const webhookEventWithPayloadJson = (event: Whole): z.infer<typeof webhookEventWithPayload> => ({
  ...webhookEventJson(event),
  payload: event.payload,
})
