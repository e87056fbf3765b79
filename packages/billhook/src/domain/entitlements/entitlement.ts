import type { AbovePolicy, FeatureValue } from '../../db/schema/catalog.ts'

/** One answer to "may this organization do X, and how much of it?" */
export interface Entitlement {
  feature: string
  allowed: boolean
  /** The plan's word for it: a switch, a number, a region; null for pure limits. */
  value: FeatureValue | null
  /** Null: unlimited, or no limit at all. */
  limit: number | null
  /** Null where no meter counts. */
  used: number | null
  /** Held by reservations; null where no meter counts. */
  reserved: number | null
  remaining: number | null
  resetsAt: Date | null
  /** A limit that never refuses. */
  isSoft: boolean
  /** What becomes of an organization that is above the limit; null without a limit. */
  above: AbovePolicy | null
  reason: 'plan' | 'default_plan' | 'grant' | 'not_in_plan' | 'no_access' | 'limit_reached' | 'read_only'
}
