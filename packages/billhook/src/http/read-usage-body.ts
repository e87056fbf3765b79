import type { UnknownEvent } from '../domain/usage/index.ts'
import { invalid } from '../primitives/index.ts'

/** What was sent to be counted, and whether it came alone. */
export interface SentUsage {
  events: UnknownEvent[]
  isSingle: boolean
}

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
/** No event at all is one that is refused by name, like any other that is wrong. */
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** Our own JSON, one event or `{events: [...]}`, or CloudEvents, one or a batch. Errors: `invalid_json`, `invalid_request` (400). */
export function readUsageBody(bytes: Uint8Array, contentType: string): SentUsage {
  const body = parseJson(bytes)
  if (/^application\/cloudevents-batch\+json/i.test(contentType)) return several(listIn(body), fromCloudEvent)
  if (/^application\/cloudevents\+json/i.test(contentType)) return { events: [fromCloudEvent(body)], isSingle: true }
  if (isFields(body) && Object.hasOwn(body, 'events')) return several(listIn(body.events), fromOurs)
  if (!isFields(body)) throw invalid('invalid_request', 'Send an event, or {"events": [...]}.')
  return { events: [fromOurs(body)], isSingle: true }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw invalid('invalid_json', 'The body is not valid JSON.')
  }
}

function listIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw invalid('invalid_request', 'events: it is a list of events.')
}

const several = (list: unknown[], read: (event: unknown) => UnknownEvent): SentUsage => ({
  events: list.map(read),
  isSingle: list.length === 1,
})

function fromOurs(event: unknown): UnknownEvent {
  const { id, meter, quantity, occurred_at: occurredAt, properties } = fieldsOf(event)
  return { id, meter, quantity, occurredAt, properties }
}

/** An event is known by its source and id together; what it measures is its type. */
function fromCloudEvent(event: unknown): UnknownEvent {
  const { id, source, type, time, data } = fieldsOf(event)
  const { quantity, ...properties } = fieldsOf(data)
  const isNamed = typeof id === 'string' && typeof source === 'string' && id !== ''
  return { id: isNamed ? `${source}#${id}` : id, meter: type, quantity, occurredAt: time, properties }
}
