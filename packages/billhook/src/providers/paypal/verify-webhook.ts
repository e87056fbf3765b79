import { verify } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import type { ProviderHost } from '../provider.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { VerifiedEvent } from '../provider-event.ts'
import { type Certificates, isCertificateAddress } from './certificates.ts'
import type { PayPalClient } from './client.ts'
import { understand } from './errors.ts'
import { readEvent } from './webhook-event.ts'
import { readWire } from './wire-fields.ts'

/** PayPal delivers again for three days, and nobody says whether it signs anew; an hour on top for what waits on the way. */
const oldestMs = (3 * 24 + 1) * 3_600_000
/** What a clock may be behind. */
const newestMs = 5 * 60_000

/** PayPal's name for the one way in which it signs. */
const algorithm = 'SHA256withRSA'

/** What the headers of a delivery say. Nothing of it is trusted yet. */
interface Transmission {
  transmissionId: string
  transmissionTime: string
  sentAt: Date
  signature: string
  certUrl: string
}

export interface Verification {
  client: PayPalClient
  certificates: Certificates
  logger: ProviderHost['logger']
  now: Date
}

/**
 * Checks a delivery and only then parses it. Scheme: developer.paypal.com/api/rest/webhooks/rest, RSA with SHA-256 over
 * `<transmission id>|<time>|<webhook id>|<CRC32 of the raw bytes, unsigned and decimal>`, by a certificate that the header names.
 */
export async function verifyWebhook(
  rawBody: Uint8Array,
  headers: Headers,
  verification: Verification,
): Promise<VerifiedEvent[]> {
  const { client, now } = verification
  const { settings, provider } = client
  const transmission = readTransmission(headers, now)
  const complaint =
    typeof transmission === 'string' ? transmission : await findComplaint(rawBody, transmission, verification)
  if (typeof transmission === 'string' || complaint) throw forged(verification, complaint ?? '')
  const mode = settings.mode === 'live' ? 'live' : 'test'
  return understand(provider, () => [readEvent(rawBody, { mode, sentAt: transmission.sentAt })])
}

/** Whoever forges learns nothing from the answer: it is the same for every form. Which check failed is in the log. */
function forged({ client, logger }: Verification, complaint: string): PaymentProviderError {
  const { provider } = client
  logger.warn({ provider, check: complaint }, 'a delivery is not signed by PayPal for this webhook')
  return new PaymentProviderError({
    provider,
    code: 'invalid_signature',
    detail: 'The delivery is not signed by PayPal for this webhook.',
  })
}

function readTransmission(headers: Headers, now: Date): Transmission | string {
  const read = (name: string) => headers.get(`paypal-${name}`)?.trim() ?? ''
  const transmission = {
    transmissionId: read('transmission-id'),
    transmissionTime: read('transmission-time'),
    signature: read('transmission-sig'),
    certUrl: read('cert-url'),
  }
  if (Object.values(transmission).includes('')) return 'a header of the signature is missing or empty'
  if (read('auth-algo') !== algorithm) return 'the algorithm is not one that PayPal uses'
  if (!isCertificateAddress(transmission.certUrl)) return 'the certificate is not at PayPal'
  const sentAt = new Date(transmission.transmissionTime)
  const ageMs = now.getTime() - sentAt.getTime()
  if (Number.isNaN(ageMs) || ageMs > oldestMs || ageMs < -newestMs)
    return 'the time of the transmission is not of these days'
  return { ...transmission, sentAt }
}

async function findComplaint(
  rawBody: Uint8Array,
  transmission: Transmission,
  verification: Verification,
): Promise<string | null> {
  const { provider, settings } = verification.client
  if (!settings.webhookId) throw noWebhookId(provider)
  return settings.verification === 'online'
    ? askPayPal(rawBody, transmission, verification.client, settings.webhookId)
    : checkSignature(rawBody, transmission, verification, settings.webhookId)
}

async function checkSignature(
  rawBody: Uint8Array,
  { transmissionId, transmissionTime, signature, certUrl }: Transmission,
  { certificates, now }: Verification,
  webhookId: string,
): Promise<string | null> {
  const certificate = await certificates.leafAt(certUrl, now)
  if (typeof certificate === 'string') return certificate
  const signed = Buffer.from(`${transmissionId}|${transmissionTime}|${webhookId}|${crc32(rawBody)}`)
  const isGood = verify('RSA-SHA256', signed, certificate.publicKey, Buffer.from(signature, 'base64'))
  return isGood ? null : 'the signature does not fit the bytes, or is for another webhook'
}

const answerWire = z.object({ verification_status: z.string() })

/** The body goes in as it came: written again it would be other bytes, and PayPal would say that they are not its own. */
async function askPayPal(
  rawBody: Uint8Array,
  transmission: Transmission,
  client: PayPalClient,
  webhookId: string,
): Promise<string | null> {
  const event = understand(client.provider, () => readText(rawBody))
  const facts = JSON.stringify({
    auth_algo: algorithm,
    cert_url: transmission.certUrl,
    transmission_id: transmission.transmissionId,
    transmission_sig: transmission.signature,
    transmission_time: transmission.transmissionTime,
    webhook_id: webhookId,
  })
  const body = `${facts.slice(0, -1)},"webhook_event":${event}}`
  const path = '/v1/notifications/verify-webhook-signature'
  try {
    const answer = await client.plain('read', answerWire, { method: 'POST', path, body })
    return answer.verification_status === 'SUCCESS' ? null : 'PayPal says that it did not sign it'
  } catch (error) {
    if (!(error instanceof PaymentProviderError)) throw error
    if (error.code === 'provider_rejected') return 'PayPal does not even take the question'
    throw notAsked(client.provider, error)
  }
}

/** One JSON object and nothing beside it, or it could write into the question around it. */
function readText(rawBody: Uint8Array): string {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rawBody)
  readWire(z.record(z.string(), z.unknown()), JSON.parse(text), 'event')
  return text
}

const noWebhookId = (provider: string): PaymentProviderError =>
  new PaymentProviderError({
    provider,
    code: 'verification_unavailable',
    detail: 'No PayPal webhook id is set (webhookId, PAYPAL_WEBHOOK_ID): deliveries cannot be verified.',
    retryable: true,
  })

const notAsked = (provider: string, cause: PaymentProviderError): PaymentProviderError =>
  new PaymentProviderError({
    provider,
    code: 'verification_unavailable',
    detail: `PayPal cannot be asked about the delivery now: ${cause.message}`,
    retryable: true,
    cause,
  })
