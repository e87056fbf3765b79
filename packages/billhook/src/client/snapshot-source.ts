import type { EntitlementSnapshot } from '../domain/entitlements/entitlement-snapshot.ts'
import { type SnapshotKey, signatureHeader } from '../domain/entitlements/snapshot-signature.ts'
import { BillhookError } from '../primitives/errors.ts'
import type { ClientOptions } from './options.ts'
import { fieldsIn, refusalOf, type Service } from './service.ts'
import { type SignedAnswer, verifyAnswer } from './signed-answer.ts'

export interface VerifiedAnswer {
  signed: SignedAnswer
  snapshot: EntitlementSnapshot
}

export interface SnapshotSource {
  /** What the service says now; it sends only what has changed. Errors: `service_unreachable`, its refusals, those of `verifyAnswer`. */
  fetch(organization: string, last: VerifiedAnswer | null): Promise<VerifiedAnswer>
  /** What was kept of an earlier process, if it is signed. */
  load(organization: string): Promise<VerifiedAnswer | null>
}

/** Between a service's clock and this one's. A copy that somebody kept is not played to us for longer. */
const toleranceMs = 300_000

export function makeSnapshotSource(options: ClientOptions, service: Service): SnapshotSource {
  const { publicKeys, snapshots, now = Date.now } = options
  if (snapshots && !publicKeys)
    throw new BillhookError('public_keys_required', 'Kept snapshots are believed for their signature: give publicKeys.')
  let keys: readonly SnapshotKey[] = publicKeys ?? []
  const verify = async (signed: SignedAnswer): Promise<EntitlementSnapshot> => {
    try {
      return verifyAnswer(signed, keys, now)
    } catch (error) {
      const isUnknown = error instanceof BillhookError && error.code === 'snapshot_key_unknown'
      if (!isUnknown || publicKeys) throw error
      keys = await fetchKeys(service, signed.askedFor)
      return verifyAnswer(signed, keys, now)
    }
  }
  return {
    fetch: async (organization, last) => {
      const signed = await fetchSigned(service, organization, last?.signed ?? null)
      const snapshot = await verify(signed)
      const isOld = snapshot.readAt < (last?.snapshot.readAt ?? new Date(0))
      if (isOld || Math.abs(now() - snapshot.readAt.getTime()) > toleranceMs)
        throw new BillhookError('snapshot_replayed', 'The answer was signed at another time than now.', { status: 502 })
      if (last && last.snapshot.organizationId !== snapshot.organizationId)
        throw new BillhookError('snapshot_signature_wrong', 'The answer is another organization’s.', { status: 502 })
      await snapshots?.save(organization, JSON.stringify(signed))
      return { signed, snapshot }
    },
    load: async (organization) => {
      const kept = await snapshots?.load(organization)
      if (!kept) return null
      const { etag, stamp, body } = fieldsIn(kept)
      const signed = { askedFor: organization, etag: String(etag), stamp: String(stamp), body: String(body) }
      return { signed, snapshot: await verify(signed) }
    },
  }
}

async function fetchSigned(service: Service, organization: string, last: SignedAnswer | null): Promise<SignedAnswer> {
  const headers: Record<string, string> = last ? { 'if-none-match': last.etag } : {}
  const answer = await service({ path: '/entitlements/', organization, headers })
  const stamp = answer.headers.get(signatureHeader) ?? ''
  if (answer.status === 304 && last) return { ...last, stamp }
  if (answer.status === 200)
    return { askedFor: organization, etag: answer.headers.get('etag') ?? '', stamp, body: answer.text }
  const { code, detail } = refusalOf(answer)
  throw new BillhookError(code, detail, { status: answer.status })
}

async function fetchKeys(service: Service, organization: string): Promise<SnapshotKey[]> {
  const { data } = fieldsIn((await service({ path: '/entitlement-keys/', organization })).text)
  if (!Array.isArray(data)) return []
  return data.map(({ id, public_key: publicKey }) => ({ id: String(id), publicKey: String(publicKey) }))
}
