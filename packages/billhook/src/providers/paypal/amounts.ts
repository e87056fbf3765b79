import { isCurrency, minorUnits } from '../../primitives/index.ts'
import { UnreadableObject } from './errors.ts'

/**
 * The currencies that PayPal takes and how many decimals an amount has there. HUF and TWD have two by ISO 4217 and none at PayPal.
 * Source: developer.paypal.com/docs/reports/reference/paypal-supported-currencies.
 */
const decimals: Readonly<Record<string, number>> = {
  ...{ AUD: 2, BRL: 2, CAD: 2, CHF: 2, CNY: 2, CZK: 2, DKK: 2, EUR: 2, GBP: 2, HKD: 2, HUF: 0, ILS: 2 },
  ...{ JPY: 0, MXN: 2, MYR: 2, NOK: 2, NZD: 2, PHP: 2, PLN: 2, SEK: 2, SGD: 2, THB: 2, TWD: 0, USD: 2 },
}

export const currencies: readonly string[] = Object.keys(decimals)

/** PayPal's smallest amount in ISO minor units, to which it rounds what it computes: 100 for HUF and TWD. */
export const smallestAmount = (currency: string): number =>
  10 ** (minorUnits(currency) - (decimals[currency] ?? minorUnits(currency)))

/** ISO minor units as PayPal's decimal text. Throws UnreadableObject for a currency or a fraction that PayPal cannot take. */
export function toApiAmount(amount: number, currency: string): string {
  const places = decimals[currency]
  if (places === undefined) throw new UnreadableObject(`PayPal takes no ${currency}.`)
  const scale = BigInt(smallestAmount(currency))
  if (!Number.isSafeInteger(amount)) throw new UnreadableObject(`${amount} is no whole number of minor units.`)
  if (BigInt(amount) % scale !== 0n) {
    throw new UnreadableObject(`PayPal takes ${currency} without decimals: ${amount} minor units are a fraction there.`)
  }
  const units = BigInt(amount) / scale
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0')
  const point = digits.length - places
  const fraction = places === 0 ? '' : `.${digits.slice(point)}`
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`
}

/** PayPal's decimal text in ISO minor units. It drops and adds zeros at will ("191.4", "0.0" JPY), so only what is left of them counts. */
export function fromApiAmount(value: string, currency: string): number {
  const [, sign = '', whole = '', written = ''] = /^(-?)(\d*)(?:\.(\d*))?$/.exec(value.trim()) ?? []
  const fraction = written.replace(/0+$/, '')
  if (!isCurrency(currency)) throw new UnreadableObject(`"${currency}" is no currency that is known here.`)
  const places = minorUnits(currency)
  if (whole + written === '' || fraction.length > places) {
    throw new UnreadableObject(`"${value}" is no amount of ${currency}.`)
  }
  const amount = Number(`${whole}${fraction.padEnd(places, '0')}`)
  if (!Number.isSafeInteger(amount)) throw new UnreadableObject(`"${value}" ${currency} is too large an amount.`)
  return sign === '-' && amount !== 0 ? -amount : amount
}
