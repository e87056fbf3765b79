// For receivers, who may have nothing else of Billhook: `billhook/webhooks` is this file and what little it needs.
import { BillhookError } from '../primitives/errors.ts'
import { compareSecrets } from '../primitives/secrets.ts'
import { signatureOf } from './sign.ts'
import type { WebhookMessage } from './webhook-message.ts'

export type { TestMessage, WebhookMessage } from './webhook-message.ts'

export interface VerifyWebhookInput {
  /** As it came, to the byte: what a JSON parser writes again is signed by nobody. */
  body: string | Uint8Array
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** The endpoint's, `whsec_…`; several while rotating. */
  secret: string | readonly string[]
  /** How far the sender's clock and yours may be apart, and how late a copy may be played to you; 300 when left out. */
  toleranceSeconds?: number | undefined
  /** The receiver's clock; the system's when left out. */
  now?: Date | undefined
}

const wrong = (code: string, detail: string) => new BillhookError(code, detail, { status: 400 })

/**
 * The message of a webhook that Billhook has signed. Errors, all 400: `webhook_headers_missing`; `webhook_timestamp_out_of_tolerance`, in
 * both directions; `webhook_signature_wrong`; `webhook_body_unreadable` for what is signed and no JSON object.
 */
export function verifyWebhook({
  body,
  headers,
  secret,
  toleranceSeconds = 300,
  now = new Date(),
}: VerifyWebhookInput): WebhookMessage {
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const given = headerOf(headers, 'webhook-signature')
  if (!id || !timestamp || !given)
    throw wrong('webhook_headers_missing', 'webhook-id, webhook-timestamp and webhook-signature belong to a webhook.')
  const ageSeconds = /^\d{1,12}$/.test(timestamp) ? now.getTime() / 1000 - Number(timestamp) : Number.NaN
  if (!(Math.abs(ageSeconds) <= toleranceSeconds))
    throw wrong('webhook_timestamp_out_of_tolerance', 'It was signed too long ago, or by a clock that is ahead.')
  const expected = [secret].flat().flatMap((each) => signatureOf(each, { id, timestamp, body }) ?? [])
  const isSigned = given.split(' ').some((one) => expected.some((own) => compareSecrets(one, own)))
  if (!isSigned) throw wrong('webhook_signature_wrong', 'None of its signatures is made with a secret that is known.')
  return parse(body)
}

function headerOf(headers: VerifyWebhookInput['headers'], name: string): string | null {
  if (headers instanceof Headers) return headers.get(name)
  const [, value] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? []
  return value === undefined ? null : String(value)
}

function parse(body: string | Uint8Array): WebhookMessage {
  try {
    const message: unknown = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body))
    // Billhook has signed it, and it signs nothing else.
    if (typeof message === 'object' && message !== null) return message as WebhookMessage
  } catch (cause) {
    throw new BillhookError('webhook_body_unreadable', 'The body is no JSON.', { status: 400, cause })
  }
  throw wrong('webhook_body_unreadable', 'The body is no JSON object.')
}
