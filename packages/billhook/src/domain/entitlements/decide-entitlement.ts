import type { FeatureValue } from '../../db/schema/catalog.ts'
import { quantityNumber } from '../../primitives/index.ts'
import type { Entitlement, LimitMeter } from './entitlement.ts'
import {
  effectiveAmount,
  isFeatureOnly,
  isOver,
  isWithin,
  type LimitInForce,
  type LimitUse,
  roomFor,
} from './limit-in-force.ts'
import type { Rights } from './rights.ts'

const isOn = (value: FeatureValue): boolean => value !== false && value !== 0 && value !== ''

interface Word {
  value: FeatureValue
  source: 'plan' | 'default_plan' | 'grant'
}

/** Whether a debt is all that is in the way. */
const isReadOnly = (feature: string, { readOnly }: Rights): boolean =>
  readOnly.some(
    ({ features, limits }) =>
      Object.hasOwn(limits, feature) || (Object.hasOwn(features, feature) && isOn(features[feature] ?? false)),
  )

/** What is said of a feature: by hand, or by the first plan that gives it, or by any. */
function wordOn(feature: string, { rights, grants }: Rights): Word | null {
  const isWord = (value: unknown): value is FeatureValue =>
    typeof value === 'boolean' ||
    typeof value === 'string' ||
    (typeof value === 'number' && isFeatureOnly(feature, rights))
  const words = [
    ...grants
      .filter((grant) => grant.feature === feature && grant.effect === 'set')
      .reverse()
      .flatMap(({ value }) => (isWord(value) ? [{ value, source: 'grant' as const }] : [])),
    ...rights.flatMap(({ features, source }) =>
      Object.hasOwn(features, feature) ? [{ value: features[feature] ?? false, source }] : [],
    ),
  ]
  if (words[0]?.source === 'grant') return words[0]
  return words.find(({ value }) => isOn(value)) ?? words[0] ?? null
}

/** Pure: the union over everything that gives. One name may be a feature, a limit or both. `use`: of a limit that a meter counts towards. */
export function decideEntitlement(
  feature: string,
  rights: Rights,
  limit: LimitInForce | null,
  use: LimitUse | null,
): Entitlement {
  const word = wordOn(feature, rights)
  const isRefusedByHand = word?.source === 'grant' && !isOn(word.value)
  const isGiven = !isRefusedByHand && (limit !== null || (word !== null && isOn(word.value)))
  const isWithinLimit = limit === null || (use ? isWithin(limit, use) : limit.amount !== 0)
  const effective = limit && (use ? effectiveAmount(limit, use) : limit.amount)
  const room = limit && use ? roomFor(limit, use) : null
  return {
    feature,
    allowed: isGiven && isWithinLimit,
    value: word?.value ?? null,
    // A soft limit refuses nothing, and is a limit all the same.
    limit: limit && (limit.isSoft ? limit.amount : effective),
    meter: limit?.meter ? meterOf(limit.meter) : null,
    used: use && quantityNumber(use.used),
    reserved: use && quantityNumber(use.held),
    remaining:
      limit && use ? (room === null ? softRemainder(limit, use) : quantityNumber(room)) : (limit?.amount ?? null),
    resetsAt: limit?.window?.end ?? null,
    isSoft: limit?.isSoft ?? false,
    above: limit?.above ?? null,
    reason:
      !isGiven && !isRefusedByHand && isReadOnly(feature, rights)
        ? 'read_only'
        : reasonOf({ isRefusedByHand, isGiven, isWithinLimit }, word, limit, use, rights),
  }
}

const meterOf = ({ key, aggregation, property }: LimitMeter): LimitMeter => ({ key, aggregation, property })

/** What is left of a limit that does not refuse: null where there is none. */
const softRemainder = (limit: LimitInForce, use: LimitUse): number | null =>
  limit.amount === null ? null : Math.max(0, limit.amount - quantityNumber(use.used + use.held))

function reasonOf(
  { isRefusedByHand, isGiven, isWithinLimit }: Record<'isRefusedByHand' | 'isGiven' | 'isWithinLimit', boolean>,
  word: Word | null,
  limit: LimitInForce | null,
  use: LimitUse | null,
  { rights }: Rights,
): Entitlement['reason'] {
  if (isRefusedByHand) return 'grant'
  if (!isGiven) return rights.length === 0 ? 'no_access' : 'not_in_plan'
  if (!isWithinLimit && !use) return 'not_in_plan'
  if (!isWithinLimit && limit && use)
    return isOver(limit, use) && limit.above === 'read_only' ? 'read_only' : 'limit_reached'
  return limit?.source === 'grant' ? 'grant' : word && isOn(word.value) ? word.source : (limit?.source ?? 'plan')
}

/** Every name that any plan or grant mentions, in order. */
export const entitlementNames = ({ rights, readOnly, grants }: Rights): string[] =>
  [
    ...new Set([
      ...[...rights, ...readOnly].flatMap(({ features, limits }) => [...Object.keys(features), ...Object.keys(limits)]),
      ...grants.map(({ feature }) => feature),
    ]),
  ].sort()
