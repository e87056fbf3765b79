import { parseQuantity, type Quantity, storableText, wholeQuantity } from '../../primitives/index.ts'
import type { UsageProperties } from '../meters/index.ts'

/** One fact to count, as its sender says it. */
export interface UsageEventInput {
  /** The sender's name for it: within an organization and meter, the same one is counted once. */
  id: string
  /** The key of a meter. */
  meter: string
  /** A number or decimal text from 0, with at most six decimals; 1 when left out. */
  quantity?: number | string | undefined
  /** Now when left out. */
  occurredAt?: Date | string | null | undefined
  properties?: UsageProperties | undefined
}

/** The same from a stranger: nothing is known of its parts yet. */
export type UnknownEvent = { [K in keyof UsageEventInput]: unknown }

/** An event that is well said, whether it can be counted or not. */
export interface SaidEvent {
  id: string
  meter: string
  quantity: Quantity
  occurredAt: Date | null
  properties: UsageProperties
}

/** Why an event is not counted. */
export type RejectionCode =
  | 'invalid_event'
  | 'invalid_id'
  | 'invalid_meter'
  | 'unknown_meter'
  | 'invalid_quantity'
  | 'invalid_occurred_at'
  | 'occurred_in_future'
  | 'too_late'
  | 'invalid_properties'
  | 'missing_property'
  | 'usage_conflict'

export interface Refusal {
  code: RejectionCode
  detail: string
}

export const refusal = (code: RejectionCode, detail: string): Refusal => ({ code, detail })
export const isRefusal = (value: object): value is Refusal => 'code' in value

const longestId = 255
const mostProperties = 50
const longestName = 40
/** In bytes: values may be parts of keys. */
const longestValue = 500
const hasControls = /[\p{Cc}]/u

/** Reads one event; what is wrong with it is named, and is nobody else's business. */
export function parseEvent(event: UnknownEvent): SaidEvent | Refusal {
  const { id, meter } = event
  const quantity = event.quantity === undefined ? wholeQuantity(1) : parseQuantity(event.quantity)
  const occurredAt = parseInstant(event.occurredAt)
  const properties = parseProperties(event.properties)
  if (!isEventId(id))
    return refusal('invalid_id', `id is a text of 1 to ${longestId} characters without control characters.`)
  if (typeof meter !== 'string') return refusal('invalid_meter', 'meter is the key of a meter.')
  if (quantity === null)
    return refusal('invalid_quantity', 'quantity is a number from 0 to 1000000000000, with at most six decimals.')
  if (occurredAt === undefined) return refusal('invalid_occurred_at', 'occurred_at is no RFC 3339 instant.')
  if (properties === null)
    return refusal(
      'invalid_properties',
      `properties are at most ${mostProperties} switches, numbers and texts of at most ${longestValue} bytes.`,
    )
  return { id, meter, quantity, occurredAt, properties }
}

export const isEventId = (id: unknown): id is string =>
  typeof id === 'string' && id.length >= 1 && id.length <= longestId && id.isWellFormed() && !hasControls.test(id)

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/

/** Undefined: it is no instant. */
function parseInstant(value: unknown): Date | null | undefined {
  if (value === undefined || value === null) return null
  const isWell =
    value instanceof Date || (typeof value === 'string' && rfc3339.test(value) && isDay(value.slice(0, 10)))
  const at = isWell ? new Date(value) : undefined
  return at && !Number.isNaN(at.getTime()) ? at : undefined
}

/** A Date takes 30 February for 2 March. */
const isDay = (text: string): boolean => {
  const day = Number(text.slice(8))
  if (day <= 28) return day >= 1
  // The day before the first of the next month is its last one.
  return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
}

/** Null: they are none. */
function parseProperties(value: unknown): UsageProperties | null {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const entries = Object.entries(value)
  if (entries.length > mostProperties) return null
  const isName = (name: string) => name !== '' && name.length <= longestName && storableText(name) === name
  return entries.every(([name, each]) => isName(name) && isPropertyValue(each)) ? Object.fromEntries(entries) : null
}

/** No character takes more than three bytes for each of its units. */
const isShort = (text: string): boolean => text.length * 3 <= longestValue || Buffer.byteLength(text) <= longestValue

const isPropertyValue = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && isShort(value) && storableText(value) === value)
