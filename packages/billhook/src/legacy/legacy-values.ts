import { BillhookError, fromDecimalString, invalid, isCurrency, minorUnits, money } from '../primitives/index.ts'

/** What one row says is wrong; the caller reports it with the row. */
export const misfit = (code: string, reason: string): BillhookError => invalid(code, reason)

/**
 * Where Stripe's API, and so what an application has stored of it, counts with other decimals than ISO 4217.
 * Source: docs.stripe.com/currencies, "Zero-decimal currencies" and "Special cases".
 */
const apiDecimals: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 }

export function readCurrency(text: string | null): string {
  const currency = text?.trim().toUpperCase() ?? ''
  if (!isCurrency(currency)) throw misfit('unknown_currency', `"${text ?? ''}" is no currency.`)
  return currency
}

/** Null where the row has none. Negative amounts fit nowhere. */
export function readAmount(
  text: string | null,
  currency: string,
  { field, isMajor }: { field: string; isMajor: boolean },
): number | null {
  if (text === null || text.trim() === '') return null
  const amount = isMajor ? fromMajor(text, currency, field) : fromMinor(text, currency, field)
  if (amount < 0) throw misfit('negative_amount', `${field} is ${text}.`)
  return amount
}

function fromMajor(text: string, currency: string, field: string): number {
  // numeric(10, 2) writes "5000.00" for yen too; zeros beyond the currency's digits say nothing.
  const [whole = '', fraction = ''] = text.trim().split('.')
  const significant = fraction.replace(/0+$/, '')
  try {
    return fromDecimalString(significant ? `${whole}.${significant}` : whole, currency).amount
  } catch (error) {
    if (!(error instanceof BillhookError)) throw error
    throw misfit('invalid_amount', `${field} is ${text}, which is no amount of ${currency}.`)
  }
}

function fromMinor(text: string, currency: string, field: string): number {
  const wrong = misfit('invalid_amount', `${field} is ${text}, which is no whole number of ${currency}'s minor unit.`)
  if (!/^-?\d{1,18}(\.0+)?$/.test(text.trim())) throw wrong
  const shift = (apiDecimals[currency] ?? minorUnits(currency)) - minorUnits(currency)
  const units = BigInt(text.trim().replace(/\.0+$/, ''))
  const factor = 10n ** BigInt(Math.abs(shift))
  if (shift > 0 && units % factor !== 0n) throw wrong
  const scaled = Number(shift > 0 ? units / factor : units * factor)
  if (!Number.isSafeInteger(scaled)) throw wrong
  return money(scaled, currency).amount
}

/** A day and a time that name no zone, as a text column may hold them: read as UTC, and not as where this runs. */
const localTime = /^\d{4}-\d{2}-\d{2}[ T][\d:.]+$/

export function readTime(text: string | null, field: string): Date | null {
  if (text === null || text.trim() === '') return null
  const at = new Date(localTime.test(text.trim()) ? `${text.trim().replace(' ', 'T')}Z` : text)
  if (Number.isNaN(at.getTime())) throw misfit('invalid_time', `${field} is "${text}", which is no time.`)
  return at
}

export function readCount(text: string | null, field: string): number | null {
  if (text === null || text.trim() === '') return null
  const count = Number(text)
  if (!Number.isInteger(count) || count < 0 || count > 2_147_483_647)
    throw misfit('invalid_quantity', `${field} is "${text}".`)
  return count
}

export const readFlag = (text: string | null): boolean => /^(t|true|1|yes|y)$/i.test(text?.trim() ?? '')

/** An id that must be there. */
export function readId(text: string | null, field: string): string {
  const id = text?.trim()
  if (!id) throw misfit('null_id', `${field} is empty.`)
  return id
}

/** One of our words, for one of the old application's. */
export function readWord<T extends string>(
  text: string | null,
  known: readonly T[],
  words: Readonly<Record<string, string>>,
  field: string,
): T {
  const given = text?.trim() ?? ''
  const word = words[given] ?? words[given.toLowerCase()] ?? given.toLowerCase()
  const found = known.find((candidate) => candidate === word)
  if (!found) throw misfit(`unknown_${field}`, `${field} is "${given}"; there is ${known.join(', ')}.`)
  return found
}

/** A clock of theirs may run ahead; nothing was observed later than now. */
export const atMost = (at: Date, limit: Date): Date => (at > limit ? limit : at)
