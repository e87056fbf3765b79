import { canonicalDecimal, invalid, isActiveCurrency, looksLikeOurId } from '../../primitives/index.ts'
import { checkMetadata } from '../organizations/index.ts'
import { checkLimits } from './check-limits.ts'
import type { NewPrice, Plan } from './plan.ts'

export type PlanFields = Pick<
  Plan,
  'name' | 'description' | 'features' | 'limits' | 'isDefault' | 'graceDays' | 'afterGrace' | 'metadata'
>

const keyShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/
const maxPrices = 100
const maxIntervals = { day: 1095, week: 156, month: 36, year: 3 }

/** Errors: `invalid_key`. */
export function checkKey(key: string): void {
  if (!keyShape.test(key) || looksLikeOurId(key)) {
    throw invalid(
      'invalid_key',
      `"${key}" is no key: 1 to 100 letters, digits, dots, dashes and underscores, not like an id of Billhook.`,
    )
  }
}

/** Errors: `invalid_name`, `invalid_features`, `invalid_limits`, `invalid_grace_days`, `invalid_metadata`. */
export function checkPlanFields({ name, features, limits, graceDays, metadata }: Partial<PlanFields>): void {
  if (name !== undefined && (name.trim() === '' || name.length > 200)) {
    throw invalid('invalid_name', 'name is 1 to 200 characters.')
  }
  for (const key of [...Object.keys(features ?? {}), ...Object.keys(limits ?? {})]) checkKey(key)
  if (Object.values(features ?? {}).some((value) => typeof value === 'number' && !Number.isFinite(value))) {
    throw invalid('invalid_features', 'A feature is true, false, a number or a word.')
  }
  if (limits !== undefined) checkLimits(limits)
  if (graceDays !== undefined && !(Number.isInteger(graceDays) && graceDays >= 0 && graceDays <= 90)) {
    throw invalid('invalid_grace_days', 'grace_days is a whole number from 0 to 90.')
  }
  if (metadata !== undefined) checkMetadata(metadata)
}

/** Errors: `invalid_price`, `unknown_currency`, `invalid_key`. */
export function checkPrices(prices: readonly NewPrice[]): void {
  if (prices.length > maxPrices) throw invalid('invalid_price', `A plan has at most ${maxPrices} prices.`)
  if (new Set(prices.map((price) => price.key)).size < prices.length) {
    throw invalid('invalid_price', 'Two of the prices have the same key.')
  }
  for (const price of prices) checkPrice(price)
}

function checkPrice(price: NewPrice): void {
  const { key, currency, meter, interval, intervalCount = 1, trialDays = 0 } = price
  checkKey(key)
  const wrong = (what: string) => invalid('invalid_price', `Price "${key}": ${what}.`, { price_key: key })
  if (!isActiveCurrency(currency)) {
    throw invalid('unknown_currency', `"${currency}" is no active ISO 4217 currency code in upper case.`, {
      price_key: key,
    })
  }
  const problem = meter === undefined ? amountProblem(price) : meteredProblem(price)
  if (problem) throw wrong(problem)
  if (!(Number.isInteger(intervalCount) && intervalCount >= 1 && intervalCount <= maxIntervals[interval])) {
    throw wrong('an interval lasts from one day to three years')
  }
  if (!(Number.isInteger(trialDays) && trialDays >= 0 && trialDays <= 730)) throw wrong('trial_days is 0 to 730')
}

const amountProblem = ({ amount = -1, unitAmountDecimal }: NewPrice): string | null => {
  if (unitAmountDecimal !== undefined) return 'unit_amount_decimal is of metered prices: name the meter'
  return Number.isSafeInteger(amount) && amount >= 0 ? null : 'amount is a whole number of minor units from 0'
}

/** What is used is billed when it was used: there is nothing fixed to charge, and nothing to try. */
function meteredProblem({ amount = 0, unitAmountDecimal, trialDays = 0 }: NewPrice): string | null {
  if (amount !== 0) return 'a metered price has a unit_amount_decimal and no amount'
  if (trialDays !== 0) return 'a metered price has no trial of its own'
  if (unitAmountDecimal === undefined || canonicalDecimal(unitAmountDecimal) === null)
    return 'unit_amount_decimal is decimal text from 0, with at most twelve decimals'
  return null
}
