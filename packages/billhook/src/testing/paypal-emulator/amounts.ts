import { invalidField, unprocessable } from './api-error.ts'

export interface Money {
  currency_code: string
  value: string
}

/** PayPal's currencies and how many decimals each takes there, which for HUF and TWD is not what ISO 4217 says. */
const decimals = new Map(
  [
    ...['AUD', 'BRL', 'CAD', 'CHF', 'CNY', 'CZK', 'DKK', 'EUR', 'GBP', 'HKD', 'ILS', 'MXN', 'MYR', 'NOK', 'NZD'],
    ...['PHP', 'PLN', 'SEK', 'SGD', 'THB', 'USD'],
  ].map((currency) => [currency, 2]),
)
for (const currency of ['HUF', 'JPY', 'TWD']) decimals.set(currency, 0)

function decimalsOf(currency: string): number {
  const places = decimals.get(currency)
  if (places === undefined)
    throw unprocessable('CURRENCY_NOT_SUPPORTED_FOR_RECEIVER', `Not a currency of PayPal: ${currency}`)
  return places
}

/** The amount in minor units. `field` is where it came from, for the error. */
export function minorOf({ currency_code, value }: Money, field: string): number {
  const places = decimalsOf(currency_code)
  const [whole = '', fraction = ''] = value.replace('-', '').split('.')
  if (/[1-9]/.test(fraction.slice(places))) throw invalidField(field, 'INVALID_PARAMETER_SYNTAX', value)
  const minor = Number(`${whole}${fraction.slice(0, places).padEnd(places, '0')}`)
  return value.startsWith('-') ? -minor : minor
}

/** `191.40`: how sales and transactions write money. */
export function decimalOf(minor: number, currency: string): string {
  const places = decimalsOf(currency)
  const digits = String(Math.abs(minor)).padStart(places + 1, '0')
  const sign = minor < 0 ? '-' : ''
  return places === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

export function moneyOf(minor: number, currency: string): Money {
  return { currency_code: currency, value: decimalOf(minor, currency) }
}

/** `191.4`, `6.0`: how plans and subscriptions write money. */
export function shortMoneyOf(minor: number, currency: string): Money {
  return { currency_code: currency, value: decimalOf(minor, currency).replace(/(\.\d+?)0+$/, '$1') }
}

/** A share of an amount, half a unit rounded up. `percentage` is a decimal, so it is taken digit by digit. */
export function percentOf(minor: number, percentage: string, isInclusive: boolean): number {
  const [whole = '0', fraction = ''] = percentage.split('.')
  const rate = BigInt(`${whole || '0'}${fraction}`)
  const scale = 100n * 10n ** BigInt(fraction.length)
  const divisor = isInclusive ? scale + rate : scale
  return Number((BigInt(minor) * rate * 2n + divisor) / (divisor * 2n))
}
