/** What Postgres cannot keep in text or JSON: a NUL, and half of a surrogate pair. */
const unstorable = /[\0\p{Surrogate}]/gu

/** The text with what Postgres cannot keep written as JSON would write it: `\u0000` in six characters. Nothing else changes. */
export const storableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : escaped(text)

const escaped = (text: string): string =>
  text.replace(unstorable, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** The same for every text in plain data, keys included. What needs no change is answered as it is, not copied. */
export function storable<T>(value: T): T
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return storableList(value)
  return isPlain(value) ? storableRecord(value) : value
}

function storableList(list: readonly unknown[]): readonly unknown[] {
  const kept = list.map((item) => storable(item))
  return kept.some((item, at) => item !== list[at]) ? kept : list
}

function storableRecord(record: object): object {
  let isChanged = false
  const kept = Object.entries(record).map(([key, held]): [string, unknown] => {
    const entry: [string, unknown] = [storableText(key), storable(held)]
    isChanged ||= entry[0] !== key || entry[1] !== held
    return entry
  })
  return isChanged ? Object.fromEntries(kept) : record
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
