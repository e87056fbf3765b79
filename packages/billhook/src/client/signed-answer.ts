import { createHash } from 'node:crypto'
import type { Entitlement } from '../domain/entitlements/entitlement.ts'
import { EntitlementSnapshot } from '../domain/entitlements/entitlement-snapshot.ts'
import { isSignedBy, parseStamp, type SnapshotKey } from '../domain/entitlements/snapshot-signature.ts'
import { BillhookError } from '../primitives/errors.ts'

/** An answer with all that proves it: may lie around anywhere. */
export interface SignedAnswer {
  askedFor: string
  etag: string
  stamp: string
  body: string
}

const wrong = (code: string, detail: string) => new BillhookError(code, detail, { status: 502 })

/**
 * What a signed answer says. Errors: `snapshot_unsigned`; `snapshot_key_unknown`; `snapshot_signature_wrong` for what was changed, or belongs
 * to another organization; `snapshot_unreadable`.
 */
export function verifyAnswer(
  answer: SignedAnswer,
  keys: readonly SnapshotKey[],
  nowMs: () => number,
): EntitlementSnapshot {
  const { askedFor, etag, body } = answer
  const stamp = parseStamp(answer.stamp)
  if (!stamp) throw wrong('snapshot_unsigned', 'The service did not sign its answer.')
  const key = keys.find(({ id }) => id === stamp.keyId)
  if (!key) throw wrong('snapshot_key_unknown', `The answer is signed with key ${stamp.keyId}, which is not known.`)
  const { organizationId, issuedAt, signature } = stamp
  const digest = `"${createHash('sha256').update(body).digest('hex')}"`
  if (digest !== etag || !isSignedBy(key, signature, { organizationId, askedFor, issuedAt, etag }))
    throw wrong('snapshot_signature_wrong', 'The answer is not what the service has signed.')
  return new EntitlementSnapshot({ organizationId, readAt: issuedAt, entitlements: entitlementsIn(body), nowMs })
}

/** As the service writes it. */
type EntitlementJson = Omit<Entitlement, 'resetsAt' | 'isSoft'> & { resets_at: string | null; soft: boolean }

function entitlementsIn(body: string): Entitlement[] {
  try {
    // The service has signed it, and it signs nothing else.
    const { data } = JSON.parse(body) as { data: EntitlementJson[] }
    return data.map(({ resets_at: resetsAt, soft, ...same }) => ({
      ...same,
      resetsAt: resetsAt === null ? null : new Date(resetsAt),
      isSoft: soft,
    }))
  } catch (cause) {
    throw new BillhookError('snapshot_unreadable', 'The answer is no list of entitlements.', { status: 502, cause })
  }
}
