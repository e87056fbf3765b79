import { InvariantError } from '../primitives/index.ts'

/**
 * An array as Postgres writes and reads one (postgresql.org/docs/current/arrays.html#ARRAYS-IO), of values or of JSON. What is undefined is
 * null.
 */
export const arrayLiteral = (values: readonly unknown[], isJson = false): string =>
  `{${values.map((value) => (value === null || value === undefined ? 'NULL' : elementLiteral(value, isJson))).join()}}`

function elementLiteral(value: unknown, isJson: boolean): string {
  if (isJson) return quoted(JSON.stringify(value))
  if (typeof value === 'string') return quoted(value)
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  throw new InvariantError(`a ${typeof value} is no element of an array here`)
}

const needsEscape = /["\\]/
const escaped = /["\\]/g

const quoted = (text: string): string => `"${needsEscape.test(text) ? text.replace(escaped, '\\$&') : text}"`
