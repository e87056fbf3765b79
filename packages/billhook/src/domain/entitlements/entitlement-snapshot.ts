// For in-process checks, of services too that have nothing else of Billhook: `billhook/client` is made of this file, among few others.
import type { Entitlement, LimitMeter } from './entitlement.ts'

/** Since a snapshot was read, by feature; 0 where nothing is known. */
export type TakenSince = (entitlement: Entitlement) => number

const nothing: TakenSince = () => 0

export interface SnapshotInput {
  organizationId: string
  readAt: Date
  entitlements: readonly Entitlement[]
  /** Says whether a window has ended since. */
  nowMs: () => number
}

/** What an organization might do at one instant. Asking it is no I/O, and says what was true then: how old it may get is its keeper's business. */
export class EntitlementSnapshot {
  readonly organizationId: string
  /** Before it was read: nothing in it is older. */
  readonly readAt: Date
  readonly #byFeature: ReadonlyMap<string, Entitlement>

  readonly #nowMs: () => number

  constructor({ organizationId, readAt, entitlements, nowMs }: SnapshotInput) {
    this.organizationId = organizationId
    this.readAt = readAt
    this.#byFeature = new Map(entitlements.map((entitlement) => [entitlement.feature, entitlement]))
    this.#nowMs = nowMs
  }

  get(feature: string): Entitlement | null {
    return this.#byFeature.get(feature) ?? null
  }

  /** As much as the limits say of it. */
  meter(key: string): LimitMeter | null {
    for (const { meter } of this.#byFeature.values()) if (meter?.key === key) return meter
    return null
  }

  /** Whether it may be used, once more where it is metered. A name that nobody knows is not allowed. */
  allows(feature: string, taken: TakenSince = nothing): boolean {
    const entitlement = this.#byFeature.get(feature)
    if (!entitlement) return false
    if (!entitlement.allowed && !(isRefusedForUse(entitlement) && isReset(entitlement, this.#nowMs()))) return false
    const since = entitlement.isSoft ? 0 : taken(entitlement)
    return since === 0 || roomOf(entitlement, this.#nowMs()) > since
  }

  /** Whether what there is may be looked at: where it is allowed, and where a debt or a limit has made it read-only. */
  allowsReading(feature: string): boolean {
    return this.allows(feature) || this.#byFeature.get(feature)?.reason === 'read_only'
  }

  /** How much is left: Infinity without a limit, 0 of what is not allowed. Of a soft limit, too, which refuses nothing. */
  remaining(feature: string, taken: TakenSince = nothing): number {
    const entitlement = this.#byFeature.get(feature)
    if (!entitlement) return 0
    if (!entitlement.allowed && !isRefusedForUse(entitlement)) return 0
    return Math.max(0, roomOf(entitlement, this.#nowMs()) - taken(entitlement))
  }
}

/** Only a limit is: what a debt makes read-only has none, and no new window helps it. */
const isRefusedForUse = ({ reason, limit }: Entitlement): boolean =>
  reason === 'limit_reached' || (reason === 'read_only' && limit !== null)

/** Whether a new window has begun since. Which limit rules it is not known where a higher one ruled only until then. */
const isReset = ({ resetsAt, above }: Entitlement, nowMs: number): boolean =>
  resetsAt !== null && resetsAt.getTime() <= nowMs && above !== 'until_reset'

function roomOf(entitlement: Entitlement, nowMs: number): number {
  const { limit, remaining } = entitlement
  if (limit === null) return Number.POSITIVE_INFINITY
  return isReset(entitlement, nowMs) ? limit : (remaining ?? limit)
}
