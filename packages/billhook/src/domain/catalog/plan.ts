import type { afterGracePolicies, FeatureValue, intervals, LimitValue } from '../../db/schema/catalog.ts'
import type { Metadata } from '../../db/schema/columns.ts'
import type { Meter } from '../meters/index.ts'

export type PriceInterval = (typeof intervals)[number]
export type AfterGrace = (typeof afterGracePolicies)[number]

/** A price as it is shown, with the ids it has at one provider: null until it is published there. */
export interface PlanPrice {
  id: string
  key: string
  currency: string
  /** Minor units per interval and unit of quantity; 0 of a metered one. */
  amount: number
  /** The key of the meter whose usage it bills: it comes with the other prices of its plan. Null: it is bought in a quantity. */
  meter: string | null
  /** Of a metered one: minor units for each unit of usage, as decimal text. */
  unitAmountDecimal: string | null
  interval: PriceInterval
  intervalCount: number
  trialDays: number
  provider: string | null
  externalPriceId: string | null
  externalProductId: string | null
  stripePriceId: string | null
  stripeProductId: string | null
}

/** What is sold. */
export interface Plan {
  id: string
  key: string
  /** Null: for everyone. */
  organizationId: string | null
  productLine: string
  name: string
  description: string | null
  features: Record<string, FeatureValue>
  limits: Record<string, LimitValue>
  /** Rules organizations without a live subscription in its product line. */
  isDefault: boolean
  /** Days of access after the first failed payment of a renewal. */
  graceDays: number
  /** What becomes of who still owes then. */
  afterGrace: AfterGrace
  metadata: Metadata
  archivedAt: Date | null
  /** Those that can be bought now, in the order they were made. */
  prices: PlanPrice[]
}

/** One price together with what its plan says about selling it. */
export interface SellablePrice {
  id: string
  key: string
  planId: string
  planKey: string
  planName: string
  productLine: string
  /** Null: for everyone. */
  organizationId: string | null
  currency: string
  amount: number
  interval: PriceInterval
  intervalCount: number
  trialDays: number
  isMetered: boolean
}

/** A price that bills what a meter counts. */
export interface MeteredPrice {
  id: string
  key: string
  currency: string
  unitAmountDecimal: string
  meter: Meter
  createdAt: Date
  /** Since then nobody new gets it. */
  archivedAt: Date | null
}

export interface NewPrice {
  key: string
  currency: string
  /** Left out, or 0, of a metered one. */
  amount?: number | undefined
  /** The key of a meter of `count` or `sum`: what was used is billed when the interval is over, beside the other prices of the plan. */
  meter?: string | undefined
  /** With `meter`: minor units for each unit of usage, as decimal text from 0 with at most twelve decimals. */
  unitAmountDecimal?: string | undefined
  interval: PriceInterval
  /** 1 when absent. */
  intervalCount?: number | undefined
  /** 0 when absent. */
  trialDays?: number | undefined
  taxBehavior?: 'exclusive' | 'inclusive' | undefined
  /** The key of a price of the same plan that this one succeeds: nobody new can buy that one. */
  replaces?: string | undefined
}
