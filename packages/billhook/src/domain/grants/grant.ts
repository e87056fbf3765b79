import type { Metadata } from '../../db/schema/columns.ts'
import type { FeatureValue, grantEffects, LimitValue } from '../../db/schema/index.ts'

/** An entitlement given by hand, on top of what plans give. */
export interface Grant {
  id: string
  organizationId: string
  feature: string
  /** A switch or a word for a feature; a number, null for unlimited or terms for a limit. */
  value: FeatureValue | LimitValue
  /** `set` takes the place of what plans say; `add` comes on top of their limit. */
  effect: (typeof grantEffects)[number]
  reason: string
  actor: string
  /** By the billing clock; null: never. */
  expiresAt: Date | null
  revokedAt: Date | null
  metadata: Metadata
  createdAt: Date
}
