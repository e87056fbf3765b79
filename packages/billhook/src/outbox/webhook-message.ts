import type { AsJson, BillingEvent, BillingEventData, BillingEventSource, BillingEventType } from './billing-event.ts'

type SnakeCase<Name> = Name extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${SnakeCase<Rest>}`
  : Name

/** A value with the API's spelling of names. */
export type SnakeCased<T> =
  T extends ReadonlyArray<infer Item>
    ? Array<SnakeCased<Item>>
    : T extends object
      ? { [K in keyof T as SnakeCase<K>]: SnakeCased<T[K]> }
      : T

interface MessageOf<K extends BillingEventType> {
  /** The BillingEvent's: the same in every repeat, at every endpoint, and in `GET /events/`. */
  id: string
  type: K
  /** When it happened, RFC 3339. */
  timestamp: string
  organization_id: string
  /** The host's own name for the organization. */
  organization_external_id: string
  object_kind: string
  object_id: string
  /** 1, 2, 3 ... per object: drop what is not higher than the highest you have of `object_id`. */
  sequence: number
  source: BillingEventSource
  /** The object as it was then. */
  data: SnakeCased<AsJson<BillingEventData[K]>>
}

/** What "send a test" sends: it says that the way is open, and means nothing else. */
export interface TestMessage {
  id: string
  type: 'webhook.test'
  timestamp: string
  organization_id: string | null
  data: { endpoint_id: string }
}

/** The body of a webhook that Billhook sends. `type` says what `data` is. */
export type WebhookMessage = { [K in BillingEventType]: MessageOf<K> }[BillingEventType] | TestMessage

/** Keys below these are the owner's own words. */
const ownWords = new Set(['metadata', 'features', 'limits'])

/** Stored facts in the API's spelling of names. */
export function snakeCaseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCaseKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ownWords.has(key) ? part : snakeCaseKeys(part),
    ]),
  )
}

/** The body for an event: of nothing but what is stored and never changes, so that a repeat is the same to the byte. */
export function messageOf(event: BillingEvent, organizationExternalId: string): WebhookMessage {
  const message = {
    id: event.id,
    type: event.type,
    timestamp: event.occurredAt.toISOString(),
    organization_id: event.organizationId,
    organization_external_id: organizationExternalId,
    object_kind: event.objectKind,
    object_id: event.objectId,
    sequence: event.sequence,
    source: event.source,
    data: snakeCaseKeys(event.data),
  }
  // The type is the stored event's, and its names are what snakeCaseKeys has made of them.
  return message as WebhookMessage
}
