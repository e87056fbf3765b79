import { z } from '@hono/zod-openapi'
import type { Entitlement } from '../../domain/entitlements/index.ts'
import { featureValue, instant, isoOrNull } from './common.ts'

export const entitlementSchema = z
  .object({
    feature: z.string(),
    allowed: z.boolean(),
    value: featureValue.nullable().openapi({ description: 'The word of the plan for it; null for pure limits' }),
    limit: z.int().nullable().openapi({ description: 'Null: unlimited, or no limit at all' }),
    used: z.number().nullable().openapi({ description: 'Null where no meter counts' }),
    reserved: z.number().nullable().openapi({ description: 'Held by reservations' }),
    remaining: z.number().nullable(),
    resets_at: instant.nullable(),
    soft: z.boolean().openapi({ description: 'A limit that never refuses' }),
    above: z
      .enum(['block', 'read_only', 'until_reset'])
      .nullable()
      .openapi({ description: 'What becomes of an organization that is above the limit' }),
    reason: z.enum([
      ...(['plan', 'default_plan', 'grant', 'not_in_plan', 'no_access', 'limit_reached', 'read_only'] as const),
    ]),
  })
  .openapi('Entitlement')

export const entitlementJson = (entitlement: Entitlement): z.infer<typeof entitlementSchema> => ({
  feature: entitlement.feature,
  allowed: entitlement.allowed,
  value: entitlement.value,
  limit: entitlement.limit,
  used: entitlement.used,
  reserved: entitlement.reserved,
  remaining: entitlement.remaining,
  resets_at: isoOrNull(entitlement.resetsAt),
  soft: entitlement.isSoft,
  above: entitlement.above,
  reason: entitlement.reason,
})
