import { z } from 'zod'
import type { VerifiedEvent } from '../provider-event.ts'
import { id, optionalInstant, optionalText, readWire } from './wire-fields.ts'

const eventWire = z.object({
  id,
  event_type: z.string().min(1),
  event_version: optionalText,
  resource_version: optionalText,
  create_time: optionalInstant,
  resource: z.record(z.string(), z.unknown()),
})

export type EventWire = z.output<typeof eventWire>

/** What was parsed to be verified need not be parsed again to be understood. */
const parsed = new WeakMap<VerifiedEvent, EventWire>()

/** The event as PayPal writes it. Throws for what is none: a stored payload may be of any age. */
export const wireOf = (event: VerifiedEvent): EventWire =>
  parsed.get(event) ?? readWire(eventWire, JSON.parse(event.raw), 'event')

export function readEvent(
  rawBody: Uint8Array,
  { mode, sentAt }: { mode: 'live' | 'test'; sentAt: Date },
): VerifiedEvent {
  const raw = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rawBody)
  const wire = readWire(eventWire, JSON.parse(raw), 'event')
  const verified: VerifiedEvent = {
    // PayPal has sent one id for two types; each is an event of its own.
    dedupeKey: `${wire.id}/${wire.event_type}`,
    lineKey: lineKeyOf(wire),
    type: wire.event_type,
    // A time that makes no sense gives way to the one of the transmission, which is signed.
    occurredAt: wire.create_time ?? sentAt,
    payloadVersion: wire.resource_version ?? wire.event_version,
    mode,
    raw,
  }
  parsed.set(verified, wire)
  return verified
}

const lineFields = z.object({
  billing_agreement_id: optionalText,
  sale_id: optionalText,
  disputed_transactions: z.array(z.object({ seller_transaction_id: optionalText })).nullish(),
  id: optionalText,
})

/** One subscription, one line, with its sales; what names only a sale keeps to the others about that sale. */
function lineKeyOf({ id: eventId, resource }: EventWire): string {
  const { data } = lineFields.safeParse(resource)
  const disputed = data?.disputed_transactions?.[0]?.seller_transaction_id
  return data?.billing_agreement_id ?? data?.sale_id ?? disputed ?? data?.id ?? eventId
}
