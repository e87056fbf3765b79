import { type Money, minorOf } from './amounts.ts'
import { invalidField, unprocessable } from './api-error.ts'
import type { PlanBody, PricingSchemeBody } from './schemas.ts'

type CycleBody = PlanBody['billing_cycles'][number]

/** PayPal's longest interval of each unit. */
const mostIntervals = { DAY: 365, WEEK: 52, MONTH: 12, YEAR: 1 }

/** What PayPal refuses in a plan that is well-formed; answers the plan's one currency. */
export function checkPlan(plan: PlanBody): string {
  checkCycles(plan.billing_cycles)
  const currency = currencyOf(plan)
  for (const [position, cycle] of plan.billing_cycles.entries()) {
    const { interval_unit, interval_count } = cycle.frequency
    const field = `/billing_cycles/${position}`
    if (interval_count > mostIntervals[interval_unit]) {
      throw invalidField(`${field}/frequency/interval_count`, 'INVALID_PARAMETER_VALUE', interval_count)
    }
    if (cycle.pricing_scheme) checkScheme(cycle.pricing_scheme, cycle.tenure_type, `${field}/pricing_scheme`)
    if (cycle.pricing_scheme?.tiers && !plan.quantity_supported) throw unprocessable('INVALID_QUANTITY_SUPPORTED')
  }
  return currency
}

function checkCycles(cycles: readonly CycleBody[]): void {
  const trials = cycles.filter(({ tenure_type }) => tenure_type === 'TRIAL')
  const regular = cycles.filter(({ tenure_type }) => tenure_type === 'REGULAR')
  if (regular.length === 0) throw unprocessable('MISSING_REGULAR_BILLING_CYCLE')
  if (regular.length > 1) throw unprocessable('MULTIPLE_REGULAR_BILLING_CYCLES_NOT_SUPPORTED')
  if (trials.length > 2) throw unprocessable('MORE_THAN_TWO_TRIAL_BILLING_CYCLE_NOT_SUPPORTED')
  if (trials.filter(isFree).length > 1) throw unprocessable('MULTIPLE_FREE_TRIAL_BILLING_CYCLES_NOT_SUPPORTED')
  if (trials.some(({ total_cycles }) => total_cycles === 0)) throw unprocessable('INVALID_TRIAL_BILLING_TOTAL_CYCLES')
  const inOrder = [...cycles].sort((a, b) => a.sequence - b.sequence)
  const isConsecutive = inOrder.every(({ sequence }, position) => sequence === position + 1)
  if (!isConsecutive || inOrder.at(-1)?.tenure_type !== 'REGULAR') throw unprocessable('INVALID_BILLING_CYCLE_SEQUENCE')
  if (regular.some((cycle) => !cycle.pricing_scheme)) {
    throw invalidField('/billing_cycles/pricing_scheme', 'MISSING_REQUIRED_PARAMETER')
  }
}

function isFree({ pricing_scheme }: CycleBody): boolean {
  const price = pricing_scheme?.fixed_price
  return !pricing_scheme || (price !== undefined && minorOf(price, 'fixed_price') === 0)
}

/** Of a price alone, whichever call it comes with. */
export function checkScheme(scheme: PricingSchemeBody, tenure: 'REGULAR' | 'TRIAL', field: string): void {
  const { fixed_price, pricing_model, tiers } = scheme
  if (fixed_price && (pricing_model || tiers)) throw unprocessable('FIXED_PRICE_NOT_SUPPORTED')
  if (fixed_price) {
    if (minorOf(fixed_price, field) < 0) throw invalidField(`${field}/fixed_price/value`, 'INVALID_PARAMETER_VALUE')
    return
  }
  if (!pricing_model || !tiers) throw invalidField(`${field}/fixed_price`, 'MISSING_REQUIRED_PARAMETER')
  if (tenure === 'TRIAL') throw unprocessable('INVALID_PRICING_MODEL')
  let expected = 1
  for (const { starting_quantity, ending_quantity, amount } of tiers) {
    const start = Number(starting_quantity)
    const end = ending_quantity === undefined ? Number.POSITIVE_INFINITY : Number(ending_quantity)
    if (minorOf(amount, field) <= 0) throw unprocessable('INVALID_PRICING_TIER_AMOUNT')
    if (start > end) throw unprocessable('INVALID_PRICING_TIER_QUANTITY')
    if (start < expected) throw unprocessable('OVERLAPPING_PRICING_SCHEME_TIERS')
    if (start > expected) throw unprocessable('MISSING_PRICING_SCHEME_TIERS')
    expected = end + 1
  }
  if (Number.isFinite(expected)) throw unprocessable('MISSING_PRICING_SCHEME_TIERS')
}

function currencyOf({ billing_cycles, payment_preferences }: PlanBody): string {
  const all = billing_cycles.flatMap(({ pricing_scheme }) => moneyIn(pricing_scheme))
  if (payment_preferences.setup_fee) all.push(payment_preferences.setup_fee)
  for (const money of all) minorOf(money, '/billing_cycles')
  const [first, ...others] = new Set(all.map(({ currency_code }) => currency_code))
  if (first === undefined || others.length > 0) throw unprocessable('CURRENCY_MISMATCH')
  return first
}

export function moneyIn(scheme: PricingSchemeBody | undefined): Money[] {
  return [...(scheme?.fixed_price ? [scheme.fixed_price] : []), ...(scheme?.tiers ?? []).map(({ amount }) => amount)]
}
