import { z } from '@hono/zod-openapi'
import type { Entitlement } from '../../domain/entitlements/index.ts'
import { featureValue, instant, isoOrNull } from './common.ts'

export const entitlementSchema = z
  .object({
    feature: z.string(),
    allowed: z.boolean(),
    value: featureValue.nullable().openapi({ description: 'The word of the plan for it; null for pure limits' }),
    limit: z.int().nullable().openapi({ description: 'Null: unlimited, or no limit at all' }),
    used: z.number().nullable(),
    remaining: z.number().nullable(),
    resets_at: instant.nullable(),
    reason: z.enum(['plan', 'default_plan', 'not_in_plan', 'no_access', 'limit_reached']),
  })
  .openapi('Entitlement')

export const entitlementJson = (entitlement: Entitlement): z.infer<typeof entitlementSchema> => ({
  feature: entitlement.feature,
  allowed: entitlement.allowed,
  value: entitlement.value,
  limit: entitlement.limit,
  used: entitlement.used,
  remaining: entitlement.remaining,
  resets_at: isoOrNull(entitlement.resetsAt),
  reason: entitlement.reason,
})
