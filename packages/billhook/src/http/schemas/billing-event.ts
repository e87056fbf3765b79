import { z } from '@hono/zod-openapi'
import { type BillingEvent, snakeCaseKeys } from '../../outbox/index.ts'
import { instant, iso } from './common.ts'

export const billingEventSchema = z
  .object({
    id: z.string(),
    type: z.string(),
    organization_id: z.string(),
    object_kind: z.string(),
    object_id: z.string(),
    sequence: z.int().openapi({ description: '1, 2, 3 … per object' }),
    source: z.enum(['webhook', 'api', 'reconcile', 'timer', 'import']),
    occurred_at: instant,
    data: z.record(z.string(), z.unknown()).openapi({ description: 'The object as it was then' }),
  })
  .openapi('BillingEvent')

export const billingEventJson = (event: BillingEvent): z.infer<typeof billingEventSchema> => ({
  id: event.id,
  type: event.type,
  organization_id: event.organizationId,
  object_kind: event.objectKind,
  object_id: event.objectId,
  sequence: event.sequence,
  source: event.source,
  occurred_at: iso(event.occurredAt),
  data: Object.fromEntries(Object.entries(snakeCaseKeys(event.data) ?? {})),
})
