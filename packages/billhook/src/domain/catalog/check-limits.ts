import type { AbovePolicy, LimitTerms, LimitValue } from '../../db/schema/catalog.ts'
import { addDuration, BillhookError, invalid } from '../../primitives/index.ts'

const windows = ['billing_period', 'billing_month', 'calendar_month', 'lifetime']
const abovePolicies: readonly AbovePolicy[] = ['block', 'read_only', 'until_reset']
const longestRollingMs = 400 * 86_400_000
const isLimit = (value: unknown): boolean => value === null || (Number.isSafeInteger(value) && Number(value) >= 0)

/** Error: `invalid_limits`, which names the limit and what is wrong with it. */
export function checkLimits(limits: Readonly<Record<string, LimitValue>>): void {
  for (const [key, value] of Object.entries(limits)) {
    const problem = typeof value === 'object' && value !== null ? problemOf(value) : isLimit(value) ? null : notALimit
    if (problem) throw invalid('invalid_limits', `Limit "${key}": ${problem}.`, { limit: key })
  }
}

const notALimit = 'it is a whole number from 0, null for unlimited, or an object with "limit" and terms'
const known = new Set(['limit', 'per', 'adds', 'meter', 'window', 'soft', 'thresholds', 'above'])

/** The first thing that is wrong, in the order of the table; null: nothing. */
function problemOf(terms: LimitTerms): string | null {
  const {
    limit,
    per,
    adds = false,
    meter,
    window = 'billing_period',
    soft = false,
    thresholds,
    above = 'block',
  } = terms
  const isRolling = typeof window === 'object'
  const rules: Array<[boolean, string]> = [
    [!Object.keys(terms).every((key) => known.has(key)), `it has these terms: ${[...known].join(', ')}`],
    [!isLimit(limit), '"limit" is a whole number from 0, or null for unlimited'],
    [per !== undefined && per !== 'unit', '"per" can be "unit"'],
    [typeof adds !== 'boolean' || typeof soft !== 'boolean', '"adds" and "soft" are true or false'],
    [meter !== undefined && typeof meter !== 'string', '"meter" is the key of a meter'],
    [!isRolling && !windows.includes(window), `"window" is ${windows.join(', ')} or {"rolling": "P30D"}`],
    [isRolling && !isRollingWindow(window), 'a rolling window is an ISO 8601 duration from a minute to 400 days'],
    [!abovePolicies.includes(above), `"above" is ${abovePolicies.join(', ')}`],
    [
      thresholds !== undefined && !areThresholds(thresholds),
      '"thresholds" are at most 10 rising whole percents from 1 to 1000',
    ],
    [
      isRolling && (thresholds ?? []).length > 0,
      'a rolling window has no thresholds: there is no window to tell them once in',
    ],
    [
      meter === undefined && (terms.window !== undefined || thresholds !== undefined || soft),
      '"window", "thresholds" and "soft" need a "meter" that counts',
    ],
  ]
  return rules.find(([isBroken]) => isBroken)?.[1] ?? null
}

function isRollingWindow({ rolling }: { rolling: unknown }): boolean {
  if (typeof rolling !== 'string') return false
  const from = new Date('2026-01-01T00:00:00Z')
  try {
    const ms = addDuration(from, rolling).getTime() - from.getTime()
    return ms >= 60_000 && ms <= longestRollingMs
  } catch (error) {
    if (error instanceof BillhookError) return false
    throw error
  }
}

const areThresholds = (percents: unknown): boolean =>
  Array.isArray(percents) &&
  percents.length <= 10 &&
  percents.every(
    (percent, n) =>
      Number.isInteger(percent) && percent >= 1 && percent <= 1000 && (n === 0 || percent > percents[n - 1]),
  )
