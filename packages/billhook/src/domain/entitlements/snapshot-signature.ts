// Shared by who signs (the service) and who verifies (`billhook/client`): it needs nothing but Node.
import { createPublicKey, verify } from 'node:crypto'

export const signatureHeader = 'billhook-signature'

/** Goes beside an answer, in a header: the answer itself is known by its digest, which is its ETag. */
export interface SnapshotStamp {
  keyId: string
  issuedAt: Date
  organizationId: string
}

export interface SignedParts extends Omit<SnapshotStamp, 'keyId'> {
  /** The name by which the organization was asked for; empty where the key said which. */
  askedFor: string
  etag: string
}

/** A public key as the service shows it. */
export interface SnapshotKey {
  id: string
  /** 32 bytes of Ed25519, base64url. */
  publicKey: string
}

/** What is signed: the answer, whose it is, under which name it was asked for, and when. */
export const signedText = ({ organizationId, askedFor, issuedAt, etag }: SignedParts): Buffer =>
  Buffer.from(JSON.stringify(['billhook entitlements 1', organizationId, askedFor, issuedAt.getTime(), etag]))

export const formatStamp = ({ keyId, issuedAt, organizationId }: SnapshotStamp, signature: Buffer): string =>
  ['v1', keyId, issuedAt.getTime(), organizationId, signature.toString('base64url')].join(',')

/** Null for what is no stamp of ours. */
export function parseStamp(header: string | null): (SnapshotStamp & { signature: Buffer }) | null {
  const [version, keyId, issuedAtMs, organizationId, signature, ...more] = (header ?? '').split(',')
  if (version !== 'v1' || !keyId || !organizationId || !signature || more.length > 0) return null
  if (!issuedAtMs || !/^\d{12,14}$/.test(issuedAtMs)) return null
  return {
    keyId,
    issuedAt: new Date(Number(issuedAtMs)),
    organizationId,
    signature: Buffer.from(signature, 'base64url'),
  }
}

export function isSignedBy({ publicKey: x }: SnapshotKey, signature: Buffer, parts: SignedParts): boolean {
  if (Buffer.from(x, 'base64url').length !== 32) return false
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, signedText(parts), key, signature)
}
