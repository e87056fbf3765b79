import { minorUnits } from './currency.ts'
import { invalid } from './errors.ts'
import { type Quantity, wholeQuantity } from './quantity.ts'

/** `amount` is a safe integer of minor units (cents, yen, fils), so it stays exact as a JSON number. */
export interface Money {
  readonly amount: number
  readonly currency: string
}

/**
 * Throws `invalid_amount` for fractions and amounts beyond 2^53 - 1, `unknown_currency` for all but upper-case ISO
 * codes.
 */
export function money(amount: number, currency: string): Money {
  minorUnits(currency)
  requireInteger(amount, 'invalid_amount', 'An amount is a whole number of minor units below 2^53.')
  // Minus zero would differ from zero in comparisons and print as "-0".
  return { amount: amount === 0 ? 0 : amount, currency }
}

/** Throws `currency_mismatch`, as do subtract, sum and compare. */
export function add(a: Money, b: Money): Money {
  requireSameCurrency(a, b)
  // A sum or product of safe integers is exact or at least 2^53, which money() refuses: no bigint needed.
  return money(a.amount + b.amount, a.currency)
}

export function subtract(a: Money, b: Money): Money {
  return add(a, negate(b))
}

export function negate(a: Money): Money {
  return money(-a.amount, a.currency)
}

/** The currency is named because an empty list has none of its own. */
export function sum(amounts: readonly Money[], currency: string): Money {
  return amounts.reduce(add, money(0, currency))
}

export function compare(a: Money, b: Money): -1 | 0 | 1 {
  requireSameCurrency(a, b)
  if (a.amount === b.amount) return 0
  return a.amount < b.amount ? -1 : 1
}

/** Throws `invalid_quantity` unless the quantity is a whole number. */
export function multiplyByQuantity(a: Money, quantity: number): Money {
  requireInteger(quantity, 'invalid_quantity', 'A quantity is a whole number.')
  return money(a.amount * quantity, a.currency)
}

/** a x numerator / denominator, rounded once, halves away from zero (2.5 -> 3, -2.5 -> -3). Throws `invalid_ratio`. */
export function multiplyByRatio(a: Money, numerator: number | bigint, denominator: number | bigint): Money {
  const divisor = ratioPart(denominator)
  if (divisor === 0n) throw invalid('invalid_ratio', 'A ratio cannot have zero as its denominator.')
  return fromBigInt(divideHalfAwayFromZero(BigInt(a.amount) * ratioPart(numerator), divisor), a.currency)
}

/**
 * Splits an amount in proportion to the weights (whole numbers, not negative) by largest remainder; of equal remainders
 * the earlier wins. The parts sum exactly to the amount, each is less than one minor unit from its exact share, a zero
 * weight gets zero. Throws `invalid_weights`, also when a non-zero amount meets no weight above zero.
 */
export function allocate(a: Money, weights: readonly number[]): Money[] {
  for (const weight of weights) {
    requireInteger(weight, 'invalid_weights', 'Weights are whole numbers.')
    if (weight < 0) throw invalid('invalid_weights', 'Weights are not negative.')
  }
  if (a.amount === 0) return weights.map(() => money(0, a.currency))
  const total = weights.reduce((partial, weight) => partial + BigInt(weight), 0n)
  if (total === 0n) throw invalid('invalid_weights', 'An amount cannot be split when no weight is above zero.')

  const magnitude = BigInt(Math.abs(a.amount))
  const parts = weights.map((weight, index) => {
    const product = magnitude * BigInt(weight)
    return { index, amount: product / total, remainder: product % total }
  })
  let left = magnitude - parts.reduce((partial, part) => partial + part.amount, 0n)
  // The sort is stable, which is what gives a tie to the earlier part.
  for (const part of parts.toSorted((x, y) => compareBigInt(y.remainder, x.remainder))) {
    if (left === 0n) break
    part.amount += 1n
    left -= 1n
  }
  return parts.map((part) => fromBigInt(a.amount < 0 ? -part.amount : part.amount, a.currency))
}

/** Major units with exactly the currency's digits: EUR 1050 -> "10.50", JPY 500 -> "500", KWD -5 -> "-0.005". */
export function toDecimalString({ amount, currency }: Money): `${number}` {
  const digits = minorUnits(currency)
  const text = String(Math.abs(amount)).padStart(digits + 1, '0')
  const point = text.length - digits
  const fraction = digits === 0 ? '' : `.${text.slice(point)}`
  return `${amount < 0 ? '-' : ''}${text.slice(0, point)}${fraction}` as `${number}`
}

/**
 * Exact inverse of toDecimalString; fewer decimals are fine ("10.5" EUR). Throws `invalid_amount` for anything else,
 * also for superfluous zeros: "10.000" EUR is more likely a thousands separator than ten euros.
 */
export function fromDecimalString(text: string, currency: string): Money {
  const digits = minorUnits(currency)
  const decimal = parseDecimal(text)
  if (decimal === undefined || decimal.scale > digits) {
    throw invalid('invalid_amount', `An amount in ${currency} is a decimal number with at most ${digits} decimals.`, {
      currency,
      maxDecimals: digits,
    })
  }
  return fromBigInt(decimal.digits * 10n ** BigInt(digits - decimal.scale), currency)
}

/**
 * The price of `quantity` units whose unit price is a decimal number of **minor** units: "0.125" x 1000 in USD is 125
 * cents. Rounds the product once, halves away from zero. Throws `invalid_unit_amount` (no decimal, or more than 12
 * decimals), `invalid_quantity`.
 */
export function unitAmountFromDecimal(unitAmountDecimal: string, quantity: number, currency: string): Money {
  const unit = parseDecimal(unitAmountDecimal)
  if (unit === undefined || unit.scale > 12) {
    throw invalid('invalid_unit_amount', 'A unit amount is a decimal number of minor units with at most 12 decimals.')
  }
  requireInteger(quantity, 'invalid_quantity', 'A quantity is a whole number.')
  return fromBigInt(divideHalfAwayFromZero(unit.digits * BigInt(quantity), 10n ** BigInt(unit.scale)), currency)
}

/** What usage costs at a unit price as above, rounded once. Throws `invalid_unit_amount`. */
export function usageAmount(unitAmountDecimal: string, quantity: Quantity, currency: string): Money {
  const unit = parseDecimal(unitAmountDecimal)
  if (unit === undefined || unit.scale > 12)
    throw invalid('invalid_unit_amount', 'A unit amount is a decimal number of minor units with at most 12 decimals.')
  const product = unit.digits * quantity
  return fromBigInt(divideHalfAwayFromZero(product, wholeQuantity(1) * 10n ** BigInt(unit.scale)), currency)
}

/** For people to read, never to parse. The digits are ISO's: Intl shows no decimals for HUF, IDR, IQD and others. */
export function formatMoney(a: Money, locale: string): string {
  const digits = minorUnits(a.currency)
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: a.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  // A string is formatted exactly, where a number would pass through a float.
  return format.format(toDecimalString(a))
}

function parseDecimal(text: string): { digits: bigint; scale: number } | undefined {
  const match = /^(-?\d{1,20})(?:\.(\d{1,20}))?$/.exec(text)
  if (match === null) return undefined
  const fraction = match[2] ?? ''
  return { digits: BigInt(`${match[1]}${fraction}`), scale: fraction.length }
}

function divideHalfAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n
  const top = magnitudeOf(dividend)
  const bottom = magnitudeOf(divisor)
  const rounded = (2n * top + bottom) / (2n * bottom)
  return isNegative ? -rounded : rounded
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value
}

function compareBigInt(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function fromBigInt(amount: bigint, currency: string): Money {
  // An amount too large for a safe integer becomes an unsafe number here, which money() refuses.
  return money(Number(amount), currency)
}

function ratioPart(value: number | bigint): bigint {
  if (typeof value === 'number') requireInteger(value, 'invalid_ratio', 'The parts of a ratio are whole numbers.')
  return BigInt(value)
}

function requireInteger(value: number, code: string, detail: string): void {
  if (!Number.isSafeInteger(value)) throw invalid(code, detail, { value: String(value) })
}

function requireSameCurrency(a: Money, b: Money): void {
  if (a.currency === b.currency) return
  throw invalid('currency_mismatch', `Amounts in ${a.currency} and ${b.currency} cannot be combined.`, {
    currencies: [a.currency, b.currency],
  })
}
