import type { Context } from './context.ts'
import { EntitlementSnapshot, listEntitlements } from './domain/entitlements/index.ts'
import { changedOrganizations } from './outbox/changed-organizations.ts'
import { errorMessage } from './primitives/index.ts'

/** How often the outbox is looked at for news, while anybody asks. */
const followEveryMs = 1_000
const mostKept = 10_000

/**
 * Snapshots of what organizations may do, kept in this process: asking one is no I/O. None is given that is older than
 * `settings.snapshotMaxAgeMs`; and what a BillingEvent tells, whichever process wrote it, is usually seen a second after the next question.
 */
export class EntitlementSnapshots {
  readonly #ctx: Context
  readonly #kept = new Map<string, EntitlementSnapshot>()
  /** No longer true, and given only where nothing can be read. */
  readonly #outdated = new WeakSet<EntitlementSnapshot>()
  readonly #reading = new Map<string, Promise<EntitlementSnapshot>>()
  /** Where the outbox ended at the last look; null before the first. */
  #position: number | null = null
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /**
   * From memory, where it is young enough. Where it cannot be read anew, one no older than `settings.snapshotLastKnownMs` is given instead;
   * without one, what went wrong is thrown.
   */
  async snapshotOf({ organizationId }: { organizationId: string }): Promise<EntitlementSnapshot> {
    const { snapshotMaxAgeMs, snapshotLastKnownMs } = this.#ctx.settings
    const nowMs = this.#ctx.clock.now().getTime()
    if (nowMs - this.#lookedAtMs >= followEveryMs) void this.follow()
    const kept = this.#kept.get(organizationId)
    const ageMs = kept ? nowMs - kept.readAt.getTime() : Number.POSITIVE_INFINITY
    if (kept && ageMs <= snapshotMaxAgeMs && !this.#outdated.has(kept)) return kept
    try {
      return await (this.#reading.get(organizationId) ?? this.#read(organizationId))
    } catch (error) {
      if (kept && ageMs <= snapshotLastKnownMs) return kept
      throw error
    }
  }

  /** The next one that is asked for is read anew. */
  forget({ organizationId }: { organizationId: string }): void {
    const kept = this.#kept.get(organizationId)
    if (kept) this.#outdated.add(kept)
    // What is being read may have been read before the change.
    this.#reading.delete(organizationId)
  }

  /** Forgets the organizations of which BillingEvents have told something since the last look. It never fails: age has the last word. */
  async follow(): Promise<void> {
    this.#lookedAtMs = this.#ctx.clock.now().getTime()
    try {
      const { position, organizationIds } = await changedOrganizations(this.#ctx, this.#position)
      this.#position = position
      for (const organizationId of organizationIds) this.forget({ organizationId })
    } catch (error) {
      this.#ctx.logger.warn(
        { error: errorMessage(error) },
        'the outbox could not be looked at for changed entitlements',
      )
    }
  }

  #read(organizationId: string): Promise<EntitlementSnapshot> {
    const readAt = this.#ctx.clock.now()
    const reading = listEntitlements(this.#ctx, { organizationId }).then((entitlements) => {
      const snapshot = new EntitlementSnapshot({
        organizationId,
        readAt,
        entitlements,
        nowMs: () => this.#ctx.clock.now().getTime(),
      })
      if (this.#reading.get(organizationId) === reading) this.#keep(snapshot)
      return snapshot
    })
    this.#reading.set(organizationId, reading)
    const done = (): void => {
      if (this.#reading.get(organizationId) === reading) this.#reading.delete(organizationId)
    }
    reading.then(done, done)
    return reading
  }

  #keep(snapshot: EntitlementSnapshot): void {
    this.#kept.delete(snapshot.organizationId)
    this.#kept.set(snapshot.organizationId, snapshot)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
  }
}
