import type { AbovePolicy, LimitTerms, LimitValue } from '../../db/schema/catalog.ts'
import { type Quantity, wholeQuantity } from '../../primitives/index.ts'
import { isLevel, type Meter } from '../meters/index.ts'
import type { Counter, Right, Rights } from './rights.ts'
import { type Cycle, type UsageWindow, usageWindowAt } from './usage-window.ts'

/** The one limit that rules a feature, made of all that give it. */
export interface LimitInForce {
  feature: string
  /** Null: unlimited. */
  amount: number | null
  /** Null: the product counts by itself. */
  meter: Meter | null
  /** Null without a meter. */
  window: UsageWindow | null
  isSoft: boolean
  /** Percents, rising. */
  thresholds: readonly number[]
  above: AbovePolicy
  source: Right['source'] | 'grant'
}

interface Offer {
  terms: LimitTerms
  amount: number | null
  source: LimitInForce['source']
  cycle: Cycle | null
}

const isTerms = (value: unknown): value is LimitTerms => typeof value === 'object' && value !== null
const usualThresholds = [80, 100]

/** Null: nothing limits it. The widest limit rules, with its terms; what adds is added; then what was given by hand. */
export function limitInForce(feature: string, rights: Rights): LimitInForce | null {
  const offers = rights.rights.flatMap((right) => offersOf(feature, right))
  const offer = granted(feature, rights, combined(offers))
  if (!offer) return null
  const { terms, amount, source, cycle } = offer
  const meter = terms.meter === undefined ? null : (rights.meters.get(terms.meter) ?? null)
  const { now, timeZone } = rights
  const window = meter && usageWindowAt({ window: terms.window ?? 'billing_period', cycle, now, timeZone })
  return {
    ...{ feature, amount, meter, window, source },
    isSoft: terms.soft ?? false,
    thresholds: window?.isRolling ? [] : (terms.thresholds ?? usualThresholds),
    above: terms.above ?? 'block',
  }
}

function offersOf(feature: string, { limits, quantity, source, cycle }: Right): Offer[] {
  if (!Object.hasOwn(limits, feature)) return []
  const value = limits[feature] ?? null
  const terms = isTerms(value) ? value : { limit: value }
  const amount = terms.limit !== null && terms.per === 'unit' ? terms.limit * quantity : terms.limit
  return [{ terms, amount, source, cycle }]
}

/** Null is unlimited, which nothing is wider than. */
const isWider = (a: number | null, b: number | null): boolean => b !== null && (a === null || a > b)
const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)

function combined(offers: readonly Offer[]): Offer | null {
  const [first, ...others] = offers.filter(({ terms }) => !terms.adds)
  const widest = first && others.reduce((best, offer) => (isWider(offer.amount, best.amount) ? offer : best), first)
  const adding = offers.filter(({ terms }) => terms.adds)
  const ruling = widest ?? adding[0]
  if (!ruling) return null
  const amount = adding
    .filter((offer) => offer !== ruling)
    .reduce<number | null>((sum, offer) => plus(sum, offer.amount), ruling.amount)
  return { ...ruling, amount }
}

/** What was set last takes the place of what plans say, with their terms where it has none; what adds comes on top. */
function granted(feature: string, { rights, grants }: Rights, offer: Offer | null): Offer | null {
  let ruling = offer
  for (const { value } of grants.filter((grant) => grant.feature === feature && grant.effect === 'set')) {
    if (!isLimitValue(value) || (typeof value === 'number' && isFeatureOnly(feature, rights))) continue
    const terms = isTerms(value) ? value : { ...ruling?.terms, limit: value }
    ruling = { terms, amount: terms.limit, source: 'grant', cycle: ruling?.cycle ?? cycleOf(rights) }
  }
  const added = grants.flatMap(({ value, ...grant }) =>
    grant.feature === feature && grant.effect === 'add' && typeof value === 'number' ? [value] : [],
  )
  if (added.length === 0) return ruling
  const base = ruling ?? { terms: { limit: 0 }, amount: 0, source: 'grant' as const, cycle: cycleOf(rights) }
  return { ...base, amount: added.reduce<number | null>(plus, base.amount) }
}

const isLimitValue = (value: unknown): value is LimitValue =>
  value === null || typeof value === 'number' || typeof value === 'object'

/** A number may be a feature's word, such as a size: plans say which. */
export const isFeatureOnly = (feature: string, rights: readonly Right[]): boolean =>
  rights.some(({ features }) => Object.hasOwn(features, feature)) &&
  !rights.some(({ limits }) => Object.hasOwn(limits, feature))

const cycleOf = (rights: readonly Right[]): Cycle | null => rights.find(({ cycle }) => cycle !== null)?.cycle ?? null

/** What has been used of a limit, and what reservations hold of it. */
export interface LimitUse {
  used: Quantity
  held: Quantity
  /** The highest limit that ruled in this window: null for unlimited, undefined where nobody knows of another. */
  highest: number | null | undefined
}

/** What refuses: null where nothing does. After a downgrade it may be the limit that ruled before, until the window ends. */
export function effectiveAmount(limit: LimitInForce, { highest }: Pick<LimitUse, 'highest'>): number | null {
  if (limit.isSoft) return null
  if (limit.above !== 'until_reset' || highest === undefined) return limit.amount
  return isWider(highest, limit.amount) ? highest : limit.amount
}

/** How much more may be used: null for any amount. */
export function roomFor(limit: LimitInForce, use: LimitUse): Quantity | null {
  const amount = effectiveAmount(limit, use)
  if (amount === null) return null
  const room = wholeQuantity(amount) - use.used - use.held
  return room > 0n ? room : 0n
}

/** Whether what there is may go on being used. What is used up needs room for more; a level, like seats taken, must not be above. */
export function isWithin(limit: LimitInForce, use: LimitUse): boolean {
  const amount = effectiveAmount(limit, use)
  if (amount === null) return true
  if (limit.meter && isLevel(limit.meter)) return amount > 0 && use.used <= wholeQuantity(amount)
  return use.used + use.held < wholeQuantity(amount)
}

export const isOver = (limit: LimitInForce, use: LimitUse): boolean =>
  limit.amount !== null && use.used > wholeQuantity(limit.amount)

/** The counter of a meter since the start of a window, where there is one already. */
export const counterOf = (
  { meter, window }: { meter: Meter | null; window: Pick<UsageWindow, 'start'> | null },
  counters: readonly Counter[],
): Counter | undefined =>
  counters.find(({ meterId, startsAt }) => meterId === meter?.id && startsAt.getTime() === window?.start.getTime())

/** Every limit that the meter counts towards. */
export function limitsOnMeter(meter: Meter, rights: Rights): Array<LimitInForce & { meter: Meter }> {
  const names = new Set([
    ...rights.rights
      .flatMap(({ limits }) => Object.entries(limits).filter(([, value]) => isTerms(value)))
      .map(([name]) => name),
    ...rights.grants.filter(({ value }) => isTerms(value)).map(({ feature }) => feature),
  ])
  return [...names].flatMap((name) => {
    const limit = limitInForce(name, rights)
    return limit?.meter?.id === meter.id ? [{ ...limit, meter }] : []
  })
}
