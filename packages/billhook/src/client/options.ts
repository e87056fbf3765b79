import type { SnapshotKey } from '../domain/entitlements/snapshot-signature.ts'
import type { RejectedUsage, UsageEntry } from './usage-entry.ts'

/** What is answered once a snapshot is older than `maxStaleMs`, because the service cannot be reached. */
export type UnreachablePolicy = 'allow' | 'deny' | 'last_known'

/** Where the last signed answer of each organization is kept for the next start. */
export interface SnapshotStore {
  load(organization: string): Promise<string | null>
  save(organization: string, snapshot: string): Promise<void>
}

export interface UsageOptions {
  /** Of this process alone: what is not delivered yet is kept here, and found again by the next one. */
  directory: string
  /** `always`: an event that was recorded survives the machine's end; `never`: the process's. `always` when left out. */
  fsync?: 'always' | 'never' | undefined
  deliverEveryMs?: number | undefined
  /** 100,000 when left out. */
  maxEvents?: number | undefined
  /** Beyond that: the new event is refused (`usage_outbox_full`), or the oldest ones go to `onDropped`. */
  whenFull?: 'refuse' | 'drop_oldest' | undefined
  onDropped?: ((entries: readonly UsageEntry[]) => void) | undefined
  /** Hears of every event that the service will never take, and why. */
  onRejected(rejected: readonly RejectedUsage[]): void
}

export interface ClientOptions {
  /** Of the service: `https://billing.example.com`. */
  url: string
  /** With the scopes `read` and, to send usage, `usage`. */
  apiKey: string
  whenUnreachable: UnreachablePolicy
  /** How long a last known snapshot rules; a day when left out, and nothing is allowed after it. */
  lastKnownMs?: number | undefined
  /** A check of what is older asks for news behind it; 10 s when left out. */
  refreshAfterMs?: number | undefined
  /** The bound: no check answers from what is older, the policy aside. 60 s when left out. */
  maxStaleMs?: number | undefined
  timeoutMs?: number | undefined
  /** Of a webhook endpoint that `receiveWebhook` hears, `whsec_…`; several while rotating. */
  webhookSecret?: string | readonly string[] | undefined
  /** Those of `GET /entitlement-keys/`; asked of the service when left out. */
  publicKeys?: readonly SnapshotKey[] | undefined
  /** Needs `publicKeys`: what lay around is believed for its signature alone. */
  snapshots?: SnapshotStore | undefined
  usage?: UsageOptions | undefined
  /** Hears of what goes wrong behind the checks. */
  onError?: ((error: unknown) => void) | undefined
  fetch?: typeof fetch | undefined
  now?: (() => number) | undefined
}
