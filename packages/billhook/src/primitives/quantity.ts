/** Millionths, so that a tenth is a tenth and sums of any length are exact. */
export type Quantity = bigint

const millionths = 1_000_000n
/** A million millions: what no honest event says, and sums of it still fit anywhere. */
const mostWhole = 1_000_000_000_000
const most = BigInt(mostWhole) * millionths

/** A number or decimal text from 0 to a million millions, with at most six decimals; null for anything else, whatever it is. */
export function parseQuantity(value: unknown): Quantity | null {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostWhole)
    return wholeQuantity(value)
  const text = typeof value === 'number' ? plainText(value) : value
  const parts = typeof text === 'string' ? /^(\d{1,13})(?:\.(\d{1,6}))?$/.exec(text) : null
  if (!parts) return null
  const quantity = BigInt(parts[1] ?? 0) * millionths + BigInt((parts[2] ?? '').padEnd(6, '0'))
  return quantity > most ? null : quantity
}

/** Numbers below a millionth and from 1e21 on are written with an exponent, which is no quantity. */
const plainText = (value: number): string => (Object.is(value, -0) ? '0' : String(value))

/** Of what the database wrote: any length, any number of zeros behind the point. */
export function quantityFromText(text: string): Quantity {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole) * millionths + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
}

export const wholeQuantity = (count: number): Quantity => BigInt(count) * millionths

/** Decimal text without needless zeros. */
export function quantityText(quantity: Quantity): string {
  const sign = quantity < 0n ? '-' : ''
  const size = quantity < 0n ? -quantity : quantity
  const fraction = size % millionths
  const whole = `${sign}${size / millionths}`
  return fraction === 0n ? whole : `${whole}.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`
}

/** For answers: exact up to 2^53 where it is whole. */
export const quantityNumber = (quantity: Quantity): number => Number(quantityText(quantity))
