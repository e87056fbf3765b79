import { createHash } from 'node:crypto'
import { InvariantError } from './errors.ts'

/**
 * JSON as JSON.stringify writes it, but with sorted keys: equal values give equal text, whatever order their keys were
 * set in.
 */
export function stableStringify(value: unknown): string {
  const text: string | undefined = JSON.stringify(value, (_key, part: unknown) =>
    isRecord(part) ? sorted(part) : part,
  )
  if (text === undefined) throw new InvariantError(`a ${typeof value} has no JSON`)
  return text
}

/** SHA-256 of the text in UTF-8, 64 lower-case hex digits. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  // fromEntries defines own properties, so a key named __proto__ stays data.
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}
