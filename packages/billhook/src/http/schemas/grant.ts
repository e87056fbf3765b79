import { z } from '@hono/zod-openapi'
import type { Grant } from '../../domain/grants/index.ts'
import { featureValue, instant, iso, isoOrNull, limitTerms, metadata } from './common.ts'

const value = z.union([featureValue, limitTerms]).nullable()
const effect = z.enum(['set', 'add'])

export const grantSchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    feature: z.string(),
    value,
    effect,
    reason: z.string(),
    actor: z.string(),
    expires_at: instant.nullable(),
    revoked_at: instant.nullable(),
    metadata,
    created_at: instant,
  })
  .openapi('Grant')

export const newGrant = z
  .strictObject({
    feature: z.string(),
    value: value.openapi({
      description: 'A switch or a word for a feature; a number, null (unlimited) or terms for a limit',
    }),
    effect: effect.optional().openapi({ description: 'set takes the place of what plans say; add comes on top' }),
    reason: z.string(),
    expires_at: instant.nullable().optional(),
    metadata: metadata.optional(),
  })
  .openapi('NewGrant')

export const revokedGrant = z.object({ id: z.string(), revoked: z.literal(true) }).openapi('RevokedGrant')

export const grantJson = (grant: Grant): z.infer<typeof grantSchema> => ({
  id: grant.id,
  organization_id: grant.organizationId,
  feature: grant.feature,
  value: grant.value,
  effect: grant.effect,
  reason: grant.reason,
  actor: grant.actor,
  expires_at: isoOrNull(grant.expiresAt),
  revoked_at: isoOrNull(grant.revokedAt),
  metadata: grant.metadata,
  created_at: iso(grant.createdAt),
})
