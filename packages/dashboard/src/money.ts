/**
 * Digits after the point that differ from 2, from ISO 4217. Intl's own table is not used: it shows
 * Hungarian forint, Iraqi dinar and others with other digits than the amounts are kept in.
 */
const digitsByCurrency: Record<string, number> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
}

export const minorDigits = (currency: string): number => digitsByCurrency[currency.toUpperCase()] ?? 2

/** Minor units as a decimal text: `(1205, 2)` is `12.05`. No float in between. */
function toDecimal(amountMinor: number, digits: number): `${number}` {
  const units = BigInt(amountMinor)
  const sign = units < 0n ? '-' : ''
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  return `${sign}${whole}${digits > 0 ? `.${text.slice(-digits)}` : ''}` as `${number}`
}

/** An amount in minor units for the reader; `isShort` leaves out zero cents ("$29"). */
export function formatMoney(amountMinor: number, currency: string, locale: string, isShort = false): string {
  const digits = minorDigits(currency)
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    trailingZeroDisplay: isShort ? 'stripIfInteger' : 'auto',
  })
  return format.format(toDecimal(amountMinor, digits))
}
