import { z } from '@hono/zod-openapi'
import type { BillingEvent } from '../../outbox/billing-event.ts'
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

/** Keys below these are the owner's own words. */
const ownWords = new Set(['metadata', 'features', 'limits'])

/** Stored facts in the API's spelling of names. */
export function snakeCaseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCaseKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ownWords.has(key) ? part : snakeCaseKeys(part),
    ]),
  )
}

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
