import type { Database } from './db/index.ts'
import type { Receivers } from './outbox/receivers.ts'
import type { Clock, Ids, ResolveHost } from './primitives/index.ts'
import type { PaymentProviderFactory } from './providers/factory.ts'
import type { Logger } from './providers/provider.ts'

/** Decisions of the installation that rules read. Parsed once, by whoever makes the service. */
export interface Settings {
  /** Where this installation is reached from outside, without a slash at the end. */
  baseUrl: string
  /** What happens to a second paid subscription of one product line: cancelled at once, or left for a person. Alerted either way. */
  duplicatePolicy: 'cancel' | 'alert'
  /** After a dispute that is lost: the subscription it paid for goes on, or ends at once. Alerted either way. */
  lostDisputePolicy: 'alert' | 'end_now'
  /**
   * When all that was paid of a bill went back: the subscription and its paid time go on, or end at once, unless the bill's time is over
   * or another bill paid for it, too.
   */
  fullRefundPolicy: 'keep' | 'end_now'
  /** Attempts before a webhook event is dead. */
  webhookAttempts: number
  /** Whether our own webhooks may go to plain http and to addresses that are not on the public internet: where no tenant names them. */
  allowPrivateWebhooks: boolean
  /** How long a receiver of our webhooks may take to answer. */
  webhookTimeoutMs: number
  /** An endpoint where nothing has arrived for so long, and something has failed, is disabled. */
  webhookDisableAfterDays: number
  /** How long what a webhook event said is kept once it was processed or ignored; null: for ever. */
  webhookPayloadDays: number | null
  /** What is masked in shown payloads besides `maskedByDefault`: keys anywhere, or paths with dots, where `*` is one step. */
  maskedPayloadFields: readonly string[]
  /** How often each provider is compared with what is kept here; null: only when somebody asks. */
  reconcileEveryHours: number | null
  /** How late usage of a period that is over still counts, in the period that is open then. */
  usageLateDays: number
  /** How long counted events are kept, in whole months; what they came to is kept for ever. Null: for ever. At least 70. */
  usageRetentionDays: number | null
  /** How old what a process keeps of an organization's entitlements may be when it is asked. */
  snapshotMaxAgeMs: number
  /** How old it may be while the database cannot be read; 0: then whoever asks is told so. */
  snapshotLastKnownMs: number
}

export const defaultSettings: Omit<Settings, 'baseUrl'> = {
  duplicatePolicy: 'cancel',
  lostDisputePolicy: 'alert',
  fullRefundPolicy: 'keep',
  webhookAttempts: 12,
  allowPrivateWebhooks: false,
  webhookTimeoutMs: 15_000,
  webhookDisableAfterDays: 5,
  reconcileEveryHours: 24,
  webhookPayloadDays: 90,
  maskedPayloadFields: [],
  usageLateDays: 7,
  usageRetentionDays: 400,
  snapshotMaxAgeMs: 10_000,
  snapshotLastKnownMs: 0,
}

/** Jobs that others find work for. */
export type WakeableJob = 'process-webhooks' | 'deliver-events' | 'send-webhooks' | 'settle-operations' | 'reconcile'

/** What every action gets first. */
export interface Context {
  readonly db: Database
  /** The wall clock: signs, expires tokens, leases and retries. Periods and access follow `billingNow`. */
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly providers: PaymentProviderFactory
  readonly settings: Settings
  readonly receivers: Receivers
  /** Where a name leads that somebody has given us to send to. */
  readonly resolveHost: ResolveHost
  /** Says that there is work for a job now, so that it need not wait for its next look. */
  wake(job: WakeableJob): void
  /** Whether this process does background work. */
  isWorking(): boolean
}

/**
 * The billing clock of what a provider bills: its own, where it has one that can be moved, else the wall clock.
 * It may read the provider's stored state: never call it inside a scope.
 */
export async function billingNow(ctx: Context, providerName: string | null): Promise<Date> {
  if (providerName === null || !ctx.providers.names.includes(providerName)) return ctx.clock.now()
  return (await ctx.providers.getProvider(providerName).now?.()) ?? ctx.clock.now()
}
