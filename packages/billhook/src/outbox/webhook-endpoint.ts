import type { disabledReasons, endpointStatuses } from '../db/schema/index.ts'
import { invalid, notFound } from '../primitives/index.ts'
import { billingEventTypes } from './billing-event.ts'

/** Where BillingEvents are sent, as it is shown: without its secrets. */
export interface WebhookEndpoint {
  id: string
  /** Null: the platform's, which hears of every organization. */
  organizationId: string | null
  url: string
  description: string
  /** `invoice.paid`, `subscription.*`; null: every one. */
  eventTypes: string[] | null
  status: (typeof endpointStatuses)[number]
  /** `gone`: it answered 410. `failing`: nothing arrived for days. */
  disabledReason: (typeof disabledReasons)[number] | null
  disabledAt: Date | null
  /** The first failure since anything last arrived. */
  failingSince: Date | null
  /** What is signed with now, newest first. */
  secrets: Array<{ id: string; createdAt: Date; expiresAt: Date | null }>
  createdAt: Date
  updatedAt: Date
}

/** Whose endpoints are meant. Null: the platform asks, about any. */
export interface EndpointInput {
  organizationId: string | null
  endpointId: string
}

export const endpointNotFound = () =>
  notFound('webhook_endpoint_not_found', 'There is no such webhook endpoint in the scope of the caller.')

const known = new Set([...billingEventTypes, ...billingEventTypes.map((type) => `${type.split('.')[0]}.*`)])

/** Errors: `unknown_event_type`, `invalid_event_types` (400). */
export function checkEventTypes(eventTypes: readonly string[] | null): void {
  if (eventTypes?.length === 0)
    throw invalid('invalid_event_types', 'Name at least one type of event, or leave event_types out for all of them.')
  const stranger = eventTypes?.find((type) => !known.has(type))
  if (stranger !== undefined)
    throw invalid('unknown_event_type', `There is no event "${stranger}": name one like invoice.paid, or invoice.*.`)
}

/** The kind of the alert that one was disabled without anybody asking for it. */
export const disabledAlert = 'webhook_endpoint_disabled'
