import { canonicalDecimal, minorUnits } from '../../primitives/index.ts'
import { UnreadableObject } from './errors.ts'

/**
 * Where Stripe's minor unit is not ISO 4217's: how many decimals an API amount has there. Everywhere else both agree.
 * Source: docs.stripe.com/currencies, "Zero-decimal currencies" (MGA is one there, ISO gives it two digits) and "Special cases"
 * (ISK and UGX lost their decimals but keep two in the API; such amounts are multiples of 100).
 */
const apiDecimals: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 }

/** Stripe's API amount to ISO minor units. Throws UnreadableObject when it falls between two of them. */
export function fromApiAmount(amount: number, currency: string): number {
  return scale(amount, minorUnits(currency) - decimals(currency), currency)
}

/** ISO minor units to Stripe's API amount. Throws UnreadableObject when Stripe cannot express it. */
export function toApiAmount(amount: number, currency: string): number {
  return scale(amount, decimals(currency) - minorUnits(currency), currency)
}

/** The same of a decimal amount. Throws UnreadableObject when it would have more decimals than Stripe takes. */
export function toApiDecimal(amount: string, currency: string): string {
  const [whole = '0', fraction = ''] = amount.split('.')
  const decimalsAfter = fraction.length - (decimals(currency) - minorUnits(currency))
  const digits = `${whole}${fraction}${'0'.repeat(Math.max(0, -decimalsAfter))}`.padStart(decimalsAfter + 1, '0')
  const point = digits.length - Math.max(0, decimalsAfter)
  const text = point === digits.length ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`
  const scaled = canonicalDecimal(text)
  if (scaled === null) throw new UnreadableObject(`${amount} of ${currency} has more digits than Stripe takes.`)
  return scaled
}

/** Stripe writes `usd`, we write `USD`. */
export function fromApiCurrency(currency: string): string {
  return currency.toUpperCase()
}

function decimals(currency: string): number {
  return apiDecimals[currency] ?? minorUnits(currency)
}

function scale(amount: number, digits: number, currency: string): number {
  if (digits === 0) return amount
  const scaled = digits > 0 ? amount * 10 ** digits : amount / 10 ** -digits
  if (!Number.isSafeInteger(scaled)) {
    throw new UnreadableObject(
      `${amount} is no whole amount of ${currency} on both sides: Stripe counts it with other decimals than ISO 4217.`,
    )
  }
  return scaled === 0 ? 0 : scaled
}
