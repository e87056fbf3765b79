import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/**
 * Answers may hold what is shown once (a link that lets in, a new webhook secret). What is kept of them can be read only with the client's
 * Idempotency-Key, which itself is kept as a digest.
 */
export function sealAnswer(claimId: string, key: string, body: string): string {
  const iv = randomBytes(ivBytes)
  const sealing = createCipheriv(cipher, secretOf(claimId, key), iv)
  const sealed = Buffer.concat([sealing.update(body, 'utf8'), sealing.final()])
  return Buffer.concat([iv, sealing.getAuthTag(), sealed]).toString('base64')
}

/** Throws for a text that was sealed with another key or was altered. */
export function openAnswer(claimId: string, key: string, text: string): string {
  const bytes = Buffer.from(text, 'base64')
  const opening = createDecipheriv(cipher, secretOf(claimId, key), bytes.subarray(0, ivBytes))
  opening.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([opening.update(bytes.subarray(ivBytes + tagBytes)), opening.final()]).toString('utf8')
}

const secretOf = (claimId: string, key: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, claimId, 'billhook idempotent answer', 32))
