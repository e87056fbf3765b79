import { z } from '@hono/zod-openapi'
import { type getWebhookEvent, type listWebhookEvents, replayableStatuses } from '../../webhooks/index.ts'
import { instant, iso, isoOrNull } from './common.ts'

const webhookEventStatus = z.enum(['received', 'processed', 'ignored', 'failed', 'dead'])

const provider = z.string().max(40).optional()
const type = z.string().max(200).optional()
const since1970 = instant.refine((value) => Date.parse(value) >= 0, 'A time after 1970')
const times = {
  received_after: since1970.optional().openapi({ description: 'From then on' }),
  received_before: since1970.optional().openapi({ description: 'Earlier than that' }),
}

export const webhookEventFilter = {
  ...{ status: webhookEventStatus.optional(), provider, type },
  dedupe_key: z
    .string()
    .max(255)
    .optional()
    .openapi({ description: 'The id of the provider for it', example: 'evt_1Q…' }),
  ...times,
}

export const replayInput = z
  .strictObject({
    status: z.enum(replayableStatuses).optional().openapi({ description: '`dead` when absent' }),
    provider,
    type,
    ...times,
    limit: z.int().min(1).max(500).optional().openapi({ description: '1 to 500; 100 when absent' }),
  })
  .openapi('WebhookEventsToReplay')

export const replayedSchema = z
  .object({ replayed: z.int(), has_more: z.boolean().openapi({ description: 'There are others that fit' }) })
  .openapi('WebhookEventsReplayed')

export const reasonInput = z
  .strictObject({ reason: z.string().trim().min(1).max(500).openapi({ description: 'For whoever asks later' }) })
  .openapi('Reason')

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
    payload_pruned_at: instant.nullable(),
  })
  .openapi('WebhookEvent')

export const webhookEventWithPayload = webhookEventSchema
  .extend({
    payload: z.string().nullable().openapi({ description: 'What came, as text; null once it was pruned' }),
    payload_is_masked: z.boolean().openapi({ description: 'Personal data and secrets are left out' }),
  })
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
  payload_pruned_at: isoOrNull(event.payloadPrunedAt),
})

export const webhookEventWithPayloadJson = (event: Whole): z.infer<typeof webhookEventWithPayload> => ({
  ...webhookEventJson(event),
  payload: event.payload,
  payload_is_masked: event.isMasked,
})
