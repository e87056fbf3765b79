import type { FeatureValue, LimitValue } from '../../db/schema/catalog.ts'
import type { Quantity } from '../../primitives/index.ts'
import type { Meter } from '../meters/index.ts'
import { type AccessFacts, decideAccess } from '../subscriptions/index.ts'
import type { Cycle } from './usage-window.ts'

/** What one plan gives, and why it counts. */
export interface Right {
  source: 'plan' | 'default_plan'
  features: Record<string, FeatureValue>
  limits: Record<string, LimitValue>
  /** What limits "per unit" are multiplied by. */
  quantity: number
  /** Of the subscription that gives it; a default plan has none. */
  cycle: Cycle | null
}

export interface GrantInForce {
  feature: string
  value: FeatureValue | LimitValue
  effect: 'set' | 'add'
  expiresAt: Date | null
}

/** What a meter says since the start of a window that is not over. */
export interface Counter {
  meterId: string
  startsAt: Date
  endsAt: Date | null
  used: Quantity
  lastAt: Date | null
  /** By feature: the highest limit that ruled in this window, null for unlimited. */
  highestLimits: Record<string, number | null>
  /** By feature: the highest percent that was told. */
  told: Record<string, number>
}

/** All that decides what an organization may do, at one instant. */
export interface Rights {
  /** By the organization's billing clock. */
  now: Date
  timeZone: string
  rights: Right[]
  /** What subscriptions would give whose debt makes them read-only. */
  readOnly: Array<Pick<Right, 'features' | 'limits'>>
  /** In the order in which they were given. */
  grants: GrantInForce[]
  /** By key. */
  meters: ReadonlyMap<string, Meter>
  counters: Counter[]
  /** By meter id: what reservations hold. */
  held: ReadonlyMap<string, Quantity>
}

interface PlanContent {
  features: Record<string, FeatureValue>
  limits: Record<string, LimitValue>
}

/** A subscription that may give something, as it is stored. */
export interface GivingSubscription extends AccessFacts, Cycle, PlanContent {
  productLine: string
  quantity: number
  provider: string | null
  /** What else is bought with it: the plans of its other prices. */
  addOns: Array<PlanContent & { quantity: number | null }>
}

export interface RightsRecord extends Pick<Rights, 'timeZone' | 'grants' | 'counters' | 'held' | 'meters'> {
  subscriptions: GivingSubscription[]
  defaultPlans: Array<PlanContent & { productLine: string }>
}

/** The billing clocks that are not the wall clock, by provider. */
export interface Clocks {
  wall: Date
  byProvider: ReadonlyMap<string, Date>
  /** Of who has no subscription. */
  otherwise: Date
}

const clockOf = (clocks: Clocks, provider: string | null): Date =>
  (provider === null ? undefined : clocks.byProvider.get(provider)) ?? clocks.wall

/** The plans of subscriptions that give access now, and the default plan of each product line that has none. */
export function toRights({ subscriptions, defaultPlans, ...kept }: RightsRecord, clocks: Clocks): Rights {
  const judged = subscriptions.map((one) => ({ one, access: decideAccess(one, clockOf(clocks, one.provider)) }))
  const giving = judged.filter(({ access }) => access.allowed).map(({ one }) => one)
  const owing = judged.filter(({ access }) => access.reason === 'read_only').map(({ one }) => one)
  const covered = new Set(giving.map(({ productLine }) => productLine))
  const now = giving[0] ? clockOf(clocks, giving[0].provider) : clocks.otherwise
  const bought = giving.flatMap((one): Right[] => [
    { source: 'plan', features: one.features, limits: one.limits, quantity: one.quantity, cycle: one },
    ...one.addOns.map(({ features, limits, quantity }) => ({
      ...{ source: 'plan' as const, features, limits },
      ...{ quantity: quantity ?? 1, cycle: one },
    })),
  ])
  const defaults = defaultPlans
    .filter(({ productLine }) => !covered.has(productLine))
    .map(({ features, limits }): Right => ({ source: 'default_plan', features, limits, quantity: 1, cycle: null }))
  const isOpen = (end: Date | null): boolean => end === null || end > now
  return {
    ...kept,
    now,
    rights: [...bought, ...defaults],
    readOnly: owing.flatMap((one) => [one, ...one.addOns]),
    grants: kept.grants.filter(({ expiresAt }) => isOpen(expiresAt)),
    // One whose window is over by this clock was left alone by whoever wrote since.
    counters: kept.counters.filter(({ endsAt }) => isOpen(endsAt)),
  }
}
