import { type Interval, multiplyByRatio, money as toMoney } from '../../primitives/index.ts'
import type { BillingTerms } from '../snapshots.ts'
import { fromApiAmount, smallestAmount } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import type { BillingCycle, PlanTerms } from './wire.ts'

export interface Cycle {
  interval: Interval
  intervalCount: number
}

const intervals: Readonly<Record<string, Interval>> = { DAY: 'day', WEEK: 'week', MONTH: 'month', YEAR: 'year' }

export function cycleOf({ frequency }: BillingCycle): Cycle {
  const interval = intervals[frequency.interval_unit]
  if (!interval) throw new UnreadableObject(`PayPal's interval "${frequency.interval_unit}" is unknown.`)
  return { interval, intervalCount: frequency.interval_count }
}

/** Of the cycles that a plan has, the one that goes on. */
export function regularCycle({ billing_cycles: cycles }: PlanTerms): BillingCycle {
  const regular = cycles?.find(({ tenure_type }) => tenure_type === 'REGULAR')
  if (!regular) throw new UnreadableObject('PayPal shows a plan without a regular billing cycle.')
  return regular
}

export const trialCycles = ({ billing_cycles: cycles }: PlanTerms): BillingCycle[] =>
  (cycles ?? []).filter(({ tenure_type }) => tenure_type === 'TRIAL').toSorted((a, b) => a.sequence - b.sequence)

export function currencyOf(plan: PlanTerms): string {
  const scheme = regularCycle(plan).pricing_scheme
  const currency = (scheme?.fixed_price ?? scheme?.tiers?.[0]?.amount)?.currency_code
  if (!currency) throw new UnreadableObject('PayPal shows a plan without a price.')
  return currency
}

/** What a regular cycle costs. PayPal's tax is one percentage, on top or inside; our amounts are without it. */
export function termsOf(plan: PlanTerms, externalPriceId: string, quantity: number): BillingTerms {
  const regular = regularCycle(plan)
  const currency = currencyOf(plan)
  const gross = cycleAmount(regular, currency, quantity)
  const fee = plan.payment_preferences?.setup_fee
  const { net, tax } = splitTax(gross, currency, plan.taxes)
  const setupFee = fee ? splitTax(fromApiAmount(fee.value, fee.currency_code), currency, plan.taxes).net : 0
  return { externalPriceId, quantity, ...cycleOf(regular), amount: net, tax, setupFee }
}

/** A fixed price is per piece; a tier of VOLUME prices every piece, tiers of TIERED those that fall into them. */
function cycleAmount({ pricing_scheme: scheme }: BillingCycle, currency: string, quantity: number): number {
  const tiers = scheme?.tiers
  if (!tiers?.length) return (scheme?.fixed_price ? fromApiAmount(scheme.fixed_price.value, currency) : 0) * quantity
  const parts = tiers.map((tier) => {
    const from = Number(tier.starting_quantity)
    const to = Math.min(quantity, tier.ending_quantity === null ? quantity : Number(tier.ending_quantity))
    return { pieces: Math.max(0, to - from + 1), amount: fromApiAmount(tier.amount.value, currency) }
  })
  if (scheme?.pricing_model !== 'VOLUME') return parts.reduce((sum, { pieces, amount }) => sum + pieces * amount, 0)
  const reached = parts.filter(({ pieces }) => pieces > 0).at(-1)
  return (reached?.amount ?? 0) * quantity
}

function splitTax(amount: number, currency: string, taxes: PlanTerms['taxes']): { net: number; tax: number } {
  const rate = taxes ? percentageOf(taxes.percentage) : null
  if (!rate || rate.numerator === 0n) return { net: amount, tax: 0 }
  const whole = taxes?.inclusive ? rate.denominator + rate.numerator : rate.denominator
  const unit = smallestAmount(currency)
  const tax = multiplyByRatio(toMoney(amount, currency), rate.numerator, whole * BigInt(unit)).amount * unit
  return { net: taxes?.inclusive ? amount - tax : amount, tax }
}

/** "19.5" as 195/1000: never a float. */
function percentageOf(text: string): { numerator: bigint; denominator: bigint } {
  const [, whole = '', fraction = ''] = /^(\d*)(?:\.(\d*))?$/.exec(text) ?? []
  if (whole + fraction === '') throw new UnreadableObject(`PayPal's tax percentage "${text}" is none.`)
  return { numerator: BigInt(whole + fraction), denominator: 100n * 10n ** BigInt(fraction.length) }
}
