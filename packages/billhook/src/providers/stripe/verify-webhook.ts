import { createHmac, timingSafeEqual } from 'node:crypto'
import { PaymentProviderError } from '../provider-error.ts'
import type { VerifiedEvent } from '../provider-event.ts'
import { understand } from './errors.ts'
import { type EventWire, eventWire, readWire } from './wire.ts'

/** Both ways: Stripe's SDK lets a signature from the future pass, which would keep a captured one good for ever. */
const toleranceSeconds = 300

interface Verification {
  provider: string
  webhookSecrets: readonly string[]
  now: Date
}

/**
 * Checks Stripe's signature over the raw bytes and only then parses them. Scheme: docs.stripe.com/webhooks/signatures, HMAC-SHA256 of
 * `<t>.<body>` with the whole `whsec_...` string as key; one good v1 of any secret is enough, v0 (test) is ignored.
 */
export function verifyWebhook(rawBody: Uint8Array, headers: Headers, verification: Verification): VerifiedEvent[] {
  const { provider } = verification
  const complaint = findComplaint(rawBody, headers.get('stripe-signature') ?? '', verification)
  if (complaint) throw new PaymentProviderError({ provider, code: 'invalid_signature', detail: complaint })
  return understand(provider, () => [readEvent(rawBody)])
}

/** Which check failed, without what would have passed it; null when all passed. */
function findComplaint(
  rawBody: Uint8Array,
  header: string,
  { provider, webhookSecrets, now }: Verification,
): string | null {
  if (header.trim() === '') return 'The Stripe-Signature header is missing or empty.'
  const { timestamp, signatures } = parseHeader(header)
  if (timestamp === null) return 'The Stripe-Signature header holds no timestamp (t).'
  if (signatures.length === 0) return 'The Stripe-Signature header holds no v1 signature.'
  if (webhookSecrets.length === 0) {
    throw new PaymentProviderError({
      provider,
      code: 'verification_unavailable',
      detail: 'No Stripe webhook secret is set (webhookSecrets, STRIPE_WEBHOOK_SECRET): deliveries cannot be verified.',
      retryable: true,
    })
  }
  if (!isSignedByAny(webhookSecrets, `${timestamp}.`, rawBody, signatures)) {
    return 'No v1 signature matches any webhook secret: the body was changed on its way or the secret belongs to another endpoint.'
  }
  const ageSeconds = Math.floor(now.getTime() / 1000) - Number(timestamp)
  if (ageSeconds > toleranceSeconds)
    return `The signature is ${ageSeconds} seconds old; ${toleranceSeconds} are allowed.`
  if (ageSeconds < -toleranceSeconds)
    return `The signature is dated ${-ageSeconds} seconds ahead; check this machine's clock.`
  return null
}

function parseHeader(header: string): { timestamp: string | null; signatures: Buffer[] } {
  const parts = header.split(',').map((part) => part.trim())
  const values = (name: string) =>
    parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1))
  const timestamp = values('t').find((value) => /^\d{1,12}$/.test(value)) ?? null
  const signatures = values('v1').filter((value) => /^[0-9a-f]{64}$/i.test(value))
  return { timestamp, signatures: signatures.map((value) => Buffer.from(value, 'hex')) }
}

function isSignedByAny(secrets: readonly string[], prefix: string, rawBody: Uint8Array, signatures: Buffer[]): boolean {
  // No early way out: how long it takes must not tell which secret or signature came close.
  let isGood = false
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(prefix).update(rawBody).digest()
    for (const signature of signatures) isGood = timingSafeEqual(expected, signature) || isGood
  }
  return isGood
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readEvent(rawBody: Uint8Array): VerifiedEvent {
  const raw = strictUtf8.decode(rawBody)
  const event = readWire(eventWire, JSON.parse(raw), 'event')
  const verified: VerifiedEvent = {
    dedupeKey: event.id,
    lineKey: lineKeyOf(event),
    type: event.type,
    occurredAt: event.created,
    payloadVersion: event.api_version,
    mode: event.livemode ? 'live' : 'test',
    raw,
  }
  parsed.set(verified, event)
  return verified
}

/** What was parsed to be verified need not be parsed again to be understood. */
const parsed = new WeakMap<VerifiedEvent, EventWire>()

/** The event as Stripe writes it. Throws for what is none: a stored payload may be of any age. */
export const wireOf = (event: VerifiedEvent): EventWire =>
  parsed.get(event) ?? readWire(eventWire, JSON.parse(event.raw), 'event')

/** One customer, one line: subscription and invoices stay in order. Thin events know only their object. */
function lineKeyOf(event: EventWire): string {
  const object = event.data?.object
  return idOf(object?.customer) ?? idOf(object) ?? event.related_object?.id ?? event.id
}

function idOf(ref: unknown): string | null {
  const value = typeof ref === 'object' && ref !== null && 'id' in ref ? ref.id : ref
  return typeof value === 'string' && value !== '' ? value : null
}
