import type { TestMessage, WebhookMessage } from '../outbox/verify-webhook.ts'
import type { ClientOptions } from './options.ts'
import type { SnapshotSource, VerifiedAnswer } from './snapshot-source.ts'
import { UnseenUsage } from './unseen-usage.ts'
import type { UsageEntry } from './usage-entry.ts'

type Settings = Pick<
  ClientOptions,
  'whenUnreachable' | 'refreshAfterMs' | 'maxStaleMs' | 'lastKnownMs' | 'onError' | 'now'
>

type HeardOrganization = Pick<Exclude<WebhookMessage, TestMessage>, 'organization_id' | 'organization_external_id'>

/** What answers a check: a snapshot within the bound; an older one, by policy; or the policy alone. */
export type EntitlementsState = 'fresh' | 'last_known' | 'unreachable'

/**
 * What one organization may do, checked without I/O. A check of what is older than `refreshAfterMs` asks for news behind it; one of what is
 * older than `maxStaleMs` is answered by the policy. Usage that this process has recorded is counted in at once.
 */
export class OrganizationEntitlements {
  readonly organization: string
  readonly #source: SnapshotSource
  readonly #settings: Required<Omit<Settings, 'onError'>> & Pick<Settings, 'onError'>
  readonly #unseen = new UnseenUsage()
  #last: VerifiedAnswer | null = null
  /** By this clock: when what is kept was asked for, or renewed. */
  #freshAtMs = Number.NEGATIVE_INFINITY
  #askedAtMs = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> | null = null

  constructor(organization: string, source: SnapshotSource, settings: Settings) {
    this.organization = organization
    this.#source = source
    const {
      whenUnreachable,
      refreshAfterMs = 10_000,
      maxStaleMs = 60_000,
      lastKnownMs = 86_400_000,
      onError,
    } = settings
    const { now = Date.now } = settings
    this.#settings = { whenUnreachable, refreshAfterMs, maxStaleMs, lastKnownMs, onError, now }
  }

  allows(feature: string): boolean {
    const nowMs = this.#look()
    const state = this.#stateAt(nowMs)
    if (state === 'unreachable') return this.#settings.whenUnreachable === 'allow'
    return this.#last?.snapshot.allows(feature, this.#unseen.taken) ?? false
  }

  /** Whether what there is may be looked at: where it is allowed, and where a debt or a limit has made it read-only. */
  allowsReading(feature: string): boolean {
    const state = this.#stateAt(this.#look())
    if (state === 'unreachable') return this.#settings.whenUnreachable === 'allow'
    return this.#last?.snapshot.allowsReading(feature) ?? false
  }

  /** Infinity without a limit, and where the policy allows; 0 of what is not allowed. */
  remaining(feature: string): number {
    const nowMs = this.#look()
    const state = this.#stateAt(nowMs)
    if (state === 'unreachable') return this.#settings.whenUnreachable === 'allow' ? Number.POSITIVE_INFINITY : 0
    return this.#last?.snapshot.remaining(feature, this.#unseen.taken) ?? 0
  }

  get state(): EntitlementsState {
    return this.#stateAt(this.#settings.now())
  }

  /** The first time: what was kept, then the service. It never fails: `state` and `onError` say what did. */
  async load(): Promise<void> {
    try {
      const kept = await this.#source.load(this.organization)
      if (kept) this.#take(kept, kept.snapshot.readAt.getTime())
    } catch (error) {
      this.#settings.onError?.(error)
    }
    await this.refresh()
  }

  /** Asks the service now, once at a time. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /** @internal Something has changed: what is being asked may have been read before. */
  async hear(): Promise<void> {
    await this.#refreshing
    await this.refresh()
  }

  /** @internal By any of the names of an organization. */
  isOf({ organization_id: id, organization_external_id: externalId }: HeardOrganization): boolean {
    return [id, externalId].includes(this.organization) || this.#last?.snapshot.organizationId === id
  }

  /** What is kept is no longer true: the next check asks. */
  forget(): void {
    this.#askedAtMs = Number.NEGATIVE_INFINITY
    this.#freshAtMs = Math.min(this.#freshAtMs, this.#settings.now() - this.#settings.refreshAfterMs - 1)
  }

  /** @internal Recorded in this process. */
  recorded(entry: UsageEntry): void {
    const meter = this.#last?.snapshot.meter(entry.meter) ?? undefined
    this.#unseen.add(entry, meter)
  }

  /** @internal The service has it, or will never take it. */
  delivered(entries: readonly UsageEntry[]): void {
    this.#unseen.delivered(entries)
  }

  #look(): number {
    const nowMs = this.#settings.now()
    const { refreshAfterMs } = this.#settings
    // What cannot be had is not asked for at every check.
    if (nowMs - this.#freshAtMs > refreshAfterMs && nowMs - this.#askedAtMs > Math.min(refreshAfterMs, 1_000))
      void this.refresh()
    return nowMs
  }

  #stateAt(nowMs: number): EntitlementsState {
    const { maxStaleMs, lastKnownMs, whenUnreachable } = this.#settings
    const ageMs = nowMs - this.#freshAtMs
    if (ageMs <= maxStaleMs) return 'fresh'
    return whenUnreachable === 'last_known' && ageMs <= lastKnownMs ? 'last_known' : 'unreachable'
  }

  async #ask(): Promise<void> {
    const askedAtMs = this.#settings.now()
    this.#askedAtMs = askedAtMs
    const seen = this.#unseen.asking()
    try {
      this.#take(await this.#source.fetch(this.organization, this.#last), askedAtMs)
      this.#unseen.seen(seen)
    } catch (error) {
      this.#settings.onError?.(error)
    }
  }

  #take(answer: VerifiedAnswer, freshAtMs: number): void {
    this.#last = answer
    this.#freshAtMs = freshAtMs
  }
}
