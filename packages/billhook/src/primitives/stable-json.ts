import { createHash } from 'node:crypto'
import { InvariantError } from './errors.ts'

/**
 * JSON as JSON.stringify writes it, but with sorted keys: equal values give equal text, whatever order their keys were
 * set in.
 */
export function stableStringify(value: unknown): string {
  const text: string | undefined = JSON.stringify(sorted(value))
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

/** A copy with sorted keys. What JSON writes in a way of its own (a Date, say) is left to it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isRecord(value) || typeof value.toJSON === 'function') return value
  const copy: Array<[string, unknown]> = []
  for (const key of Object.keys(value).sort()) copy.push([key, sorted(value[key])])
  // fromEntries defines own properties, so a key named __proto__ stays data.
  return Object.fromEntries(copy)
}
