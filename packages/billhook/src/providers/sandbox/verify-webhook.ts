import { createHmac } from 'node:crypto'
import { compareSecrets } from '../../primitives/index.ts'
import type { VerifiedEvent } from '../provider-event.ts'
import { sandboxError } from './errors.ts'
import { isSandboxEvent } from './normalize-webhook.ts'

/** Standard Webhooks 1.0.0 (standardwebhooks.com): both directions, so that an old delivery cannot be played again nor one be prepared. */
const toleranceSeconds = 5 * 60
const versionPrefix = 'v1,'

/** The three headers of Standard Webhooks; every key signs, which is what lets a receiver rotate. */
export function signatureHeaders(
  keys: readonly Buffer[],
  id: string,
  body: string | Uint8Array,
  now: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signatures = keys.map((key) => versionPrefix + sign(key, id, timestamp, body))
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/** Throws `invalid_signature`; `malformed_payload` where the signature holds and the body is none of ours. */
export function verifyWebhook(
  providerName: string,
  keys: readonly Buffer[],
  { rawBody, headers, now }: { rawBody: Uint8Array; headers: Headers; now: Date },
): VerifiedEvent {
  const id = headers.get('webhook-id') ?? ''
  const timestamp = headers.get('webhook-timestamp') ?? ''
  const signatures = (headers.get('webhook-signature') ?? '')
    .split(' ')
    .filter((part) => part.startsWith(versionPrefix))
  const isSigned = keys.some((key) => {
    const expected = versionPrefix + sign(key, id, timestamp, rawBody)
    return signatures.some((signature) => compareSecrets(signature, expected))
  })
  if (!isSigned) throw sandboxError(providerName, 'invalid_signature', 'No signature of this webhook fits its body.')
  if (
    !/^\d{1,12}$/.test(timestamp) ||
    Math.abs(Math.floor(now.getTime() / 1000) - Number(timestamp)) > toleranceSeconds
  ) {
    throw sandboxError(providerName, 'invalid_signature', 'This webhook was signed more than five minutes from now.')
  }
  return toVerifiedEvent(providerName, rawBody)
}

/** Over the raw bytes: text that was decoded and encoded again may be other bytes. */
function sign(key: Buffer, id: string, timestamp: string, body: string | Uint8Array): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
}

function toVerifiedEvent(providerName: string, rawBody: Uint8Array): VerifiedEvent {
  try {
    const raw = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rawBody)
    const body: unknown = JSON.parse(raw)
    if (!isSandboxEvent(body)) throw new TypeError('not an event of the sandbox')
    return {
      dedupeKey: body.id,
      lineKey: body.data.customer,
      type: body.type,
      occurredAt: new Date(body.occurred_at),
      payloadVersion: null,
      mode: 'test',
      raw,
    }
  } catch (cause) {
    throw sandboxError(providerName, 'malformed_payload', 'This webhook is signed but is no event of the sandbox.', {
      cause,
    })
  }
}
