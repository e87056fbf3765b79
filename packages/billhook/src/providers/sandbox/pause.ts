import type {
  PauseSubscriptionInput,
  ProviderOperation,
  ResumeSubscriptionInput,
  SubscriptionChangeResult,
} from '../operation.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import type { SandboxSubscription } from './objects.ts'
import { collect } from './renewals.ts'
import type { Draft } from './state.ts'
import { applied, changeResult, getLive } from './subscriptions.ts'

export interface SandboxPause {
  /** `collection`: periods go on and bills wait. `service`: nothing is billed and the period stands still. */
  kind: 'collection' | 'service'
  from: string
  /** Null: until somebody resumes it. */
  resumes_at: string | null
}

/** Pausing again changes the kind and the time of what is paused. */
export async function pauseSubscription(
  client: SandboxClient,
  input: PauseSubscriptionInput,
  operation: ProviderOperation<'pause_subscription'>,
): Promise<SubscriptionChangeResult> {
  const answer = await client.execute(operation, input, async (draft) => {
    const subscription = await getLive(draft, input.externalSubscriptionId)
    const resumesAt = input.resumesAt === undefined ? null : new Date(input.resumesAt)
    if (resumesAt !== null && !(resumesAt > draft.at))
      throw sandboxError(draft.providerName, 'provider_rejected', 'A pause ends after it begins.')
    if (subscription.pause !== null && subscription.pause.kind !== input.kind) await endPause(draft, subscription)
    const from = subscription.pause?.from ?? draft.at.toISOString()
    subscription.pause = { kind: input.kind, from, resumes_at: resumesAt?.toISOString() ?? null }
    draft.emit('subscription.updated', subscription)
    return applied(subscription)
  })
  return changeResult(client, answer)
}

export async function resumeSubscription(
  client: SandboxClient,
  input: ResumeSubscriptionInput,
  operation: ProviderOperation<'resume_subscription'>,
): Promise<SubscriptionChangeResult> {
  const answer = await client.execute(operation, input, async (draft) => {
    const subscription = await getLive(draft, input.externalSubscriptionId)
    if (subscription.pause !== null) await resume(draft, subscription)
    return applied(subscription)
  })
  return changeResult(client, answer)
}

/** Goes on, and collects the bills that waited. */
export async function resume(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  await endPause(draft, subscription)
  for (const { invoice } of [...subscription.open_invoices]) await collect(draft, subscription, invoice)
  draft.emit('subscription.updated', subscription)
}

/** What was left of a period that stood still is left now. */
export async function endPause(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  const { pause } = subscription
  subscription.pause = null
  if (pause?.kind !== 'service') return
  const leftMs = Date.parse(subscription.current_period_end) - Date.parse(pause.from)
  const end = new Date(draft.at.getTime() + Math.max(0, leftMs)).toISOString()
  if (subscription.status === 'trialing') subscription.trial_end = end
  // The period after it is the first of a new row.
  Object.assign(subscription, { anchor_at: end, period_ordinal: -1, current_period_end: end })
}
