import { z } from '@hono/zod-openapi'
import type { DeliveryAttempt, sendTestWebhook, WebhookDelivery, WebhookEndpoint } from '../../outbox/index.ts'
import { instant, iso, isoOrNull } from './common.ts'

const url = z.string().max(2048).openapi({
  format: 'uri',
  description: 'https, on the public internet; where BILLHOOK_ALLOW_PRIVATE_WEBHOOKS allows it, anything',
  example: 'https://example.com/billing',
})
const eventTypes = z
  .array(z.string().max(100))
  .max(100)
  .openapi({ description: 'Like invoice.paid or invoice.*', example: ['invoice.paid', 'subscription.*'] })
const description = z.string().max(500)
const status = z.enum(['active', 'disabled'])

export const newWebhookEndpoint = z
  .strictObject({
    url,
    event_types: eventTypes.nullable().optional().openapi({ description: 'All of them when absent' }),
    description: description.optional(),
  })
  .openapi('NewWebhookEndpoint')

export const webhookEndpointChange = z
  .strictObject({
    url: url.optional(),
    event_types: eventTypes.nullable().optional().openapi({ description: 'null: all of them' }),
    description: description.optional(),
    status: status.optional(),
  })
  .openapi('WebhookEndpointChange')

export const webhookEndpointSchema = z
  .object({
    id: z.string(),
    organization_id: z
      .string()
      .nullable()
      .openapi({ description: 'null: the platform’s, which hears of every organization' }),
    url: z.string(),
    description: z.string(),
    event_types: z.array(z.string()).nullable(),
    status,
    disabled_reason: z.enum(['by_request', 'gone', 'failing']).nullable(),
    disabled_at: instant.nullable(),
    failing_since: instant.nullable().openapi({ description: 'The first failure since anything last arrived' }),
    secrets: z
      .array(z.object({ id: z.string(), created_at: instant, expires_at: instant.nullable() }))
      .openapi({ description: 'What is signed with now, newest first; the secrets themselves are never shown again' }),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('WebhookEndpoint')

export const webhookEndpointWithSecret = webhookEndpointSchema
  .extend({ secret: z.string().openapi({ description: 'Shown now and never again', example: 'whsec_…' }) })
  .openapi('WebhookEndpointWithSecret')

export const webhookEndpointJson = (endpoint: WebhookEndpoint): z.infer<typeof webhookEndpointSchema> => ({
  id: endpoint.id,
  organization_id: endpoint.organizationId,
  url: endpoint.url,
  description: endpoint.description,
  event_types: endpoint.eventTypes,
  status: endpoint.status,
  disabled_reason: endpoint.disabledReason,
  disabled_at: isoOrNull(endpoint.disabledAt),
  failing_since: isoOrNull(endpoint.failingSince),
  secrets: endpoint.secrets.map(({ id, createdAt, expiresAt }) => ({
    id,
    created_at: iso(createdAt),
    expires_at: isoOrNull(expiresAt),
  })),
  created_at: iso(endpoint.createdAt),
  updated_at: iso(endpoint.updatedAt),
})

export const rotateSecretRequest = z
  .strictObject({
    overlap_hours: z
      .number()
      .min(0)
      .max(168)
      .optional()
      .openapi({ description: 'How long deliveries carry a signature of the old secret as well; 24 when absent' }),
  })
  .openapi('RotateWebhookSecret')

export const deliveryStatus = z.enum(['pending', 'delivered', 'dead'])

const attemptSchema = z.object({
  attempt_no: z.int(),
  started_at: instant,
  finished_at: instant
    .nullable()
    .openapi({ description: 'null while it is under way, and where its process died: the next one repeats it' }),
  duration_ms: z.int().nullable(),
  status_code: z.int().nullable(),
  error: z.string().nullable(),
  response_start: z.string().nullable().openapi({ description: 'The first bytes of the answer' }),
})

export const webhookDeliverySchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    endpoint_id: z.string(),
    billing_event_id: z.string().openapi({ description: 'What the receiver sees as webhook-id' }),
    event_type: z.string(),
    status: deliveryStatus,
    due_at: instant.nullable().openapi({ description: 'When a pending one is sent next' }),
    delivered_at: instant.nullable(),
    last_error: z.string().nullable(),
    attempts: z.array(attemptSchema),
  })
  .openapi('WebhookDelivery')

const attemptJson = (attempt: DeliveryAttempt): z.infer<typeof attemptSchema> => ({
  attempt_no: attempt.attemptNo,
  started_at: iso(attempt.startedAt),
  finished_at: isoOrNull(attempt.finishedAt),
  duration_ms: attempt.durationMs,
  status_code: attempt.statusCode,
  error: attempt.error,
  response_start: attempt.responseStart,
})

export const webhookDeliveryJson = (delivery: WebhookDelivery): z.infer<typeof webhookDeliverySchema> => ({
  id: delivery.id,
  organization_id: delivery.organizationId,
  endpoint_id: delivery.endpointId,
  billing_event_id: delivery.billingEventId,
  event_type: delivery.eventType,
  status: delivery.status,
  due_at: delivery.status === 'pending' ? iso(delivery.dueAt) : null,
  delivered_at: isoOrNull(delivery.deliveredAt),
  last_error: delivery.lastError,
  attempts: delivery.attempts.map(attemptJson),
})

export const webhookTestSchema = z
  .object({
    id: z.string().openapi({ description: 'The webhook-id that it was sent under' }),
    delivered: z.boolean(),
    status_code: z.int().nullable(),
    duration_ms: z.int(),
    error: z.string().nullable(),
    response_start: z.string().nullable(),
  })
  .openapi('WebhookTest')

export const webhookTestJson = (
  test: Awaited<ReturnType<typeof sendTestWebhook>>,
): z.infer<typeof webhookTestSchema> => ({
  id: test.id,
  delivered: test.delivered,
  status_code: test.statusCode,
  duration_ms: test.durationMs,
  error: test.error,
  response_start: test.responseStart,
})

export const recoverRequest = z
  .strictObject({ since: instant.openapi({ description: 'Everything told from then on that has not arrived' }) })
  .openapi('RecoverWebhooks')
export const recovered = z.object({ queued: z.int() }).openapi('RecoveredWebhooks')
export const deleted = z.object({ id: z.string(), deleted: z.literal(true) }).openapi('DeletedWebhookEndpoint')
export const deliveryParameters = z.object({ id: z.string().max(200), delivery_id: z.string().max(200) })
