import type { FeatureValue } from '../../db/schema/catalog.ts'

/** One answer to "may this organization do X, and how much of it?" */
export interface Entitlement {
  feature: string
  allowed: boolean
  /** The plan's word for it: a switch, a number, a region; null for pure limits. */
  value: FeatureValue | null
  /** Null: unlimited, or no limit at all. */
  limit: number | null
  used: number | null
  remaining: number | null
  resetsAt: Date | null
  reason: 'plan' | 'default_plan' | 'not_in_plan' | 'no_access' | 'limit_reached'
}
