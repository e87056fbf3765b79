/** What Postgres cannot keep in text or JSON: a NUL, and half of a surrogate pair. */
const unstorable = /[\0\p{Surrogate}]/gu

/** The text with what Postgres cannot keep written as JSON would write it: `\u0000` in six characters. Nothing else changes. */
export const storableText = (text: string): string =>
  text.replace(unstorable, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** The same for every text in plain data, keys included. Whatever else it holds stays as it is. */
export function storable<T>(value: T): T
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map((item) => storable(item))
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [storableText(key), storable(held)]))
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
