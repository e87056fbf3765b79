import { createHmac } from 'node:crypto'

const prefix = 'whsec_'

/** A new secret, made of random bytes given as base64url. */
export const newSecret = (token: string): string => `${prefix}${Buffer.from(token, 'base64url').toString('base64')}`

/** Null for what is no secret of Standard Webhooks: base64 of something, with or without the prefix. */
function keyOf(secret: string): Buffer | null {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret
  const key = Buffer.from(text, 'base64')
  return key.length > 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? key : null
}

export interface SignedParts {
  id: string
  /** Seconds since 1970, as the header says them. */
  timestamp: string
  body: string | Uint8Array
}

/** The signature under one secret, `v1,<base64>`: standardwebhooks.com, symmetric. Null for what is no secret. */
export function signatureOf(secret: string, { id, timestamp, body }: SignedParts): string | null {
  const key = keyOf(secret)
  if (!key) return null
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** The headers of a delivery, with a signature of each secret: a receiver needs to know one of them. */
export function signedHeaders(
  secrets: readonly string[],
  { id, at, body }: { id: string; at: Date; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signatures = secrets.flatMap((secret) => signatureOf(secret, { id, timestamp, body }) ?? [])
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
