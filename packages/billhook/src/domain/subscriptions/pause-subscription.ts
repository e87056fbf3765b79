import { billingNow, type Context } from '../../context.ts'
import { conflict, invalid } from '../../primitives/index.ts'
import type { BasePaymentProvider, PauseAbility, PauseKind } from '../../providers/provider.ts'
import { runOperation } from '../operations/index.ts'
import { isLive } from '../sync/index.ts'
import { billedAt, type ChangeInput, changeOf, unsupported } from './billed-change.ts'
import { applyPaused, applyResumed, manageResult } from './change-outcome.ts'
import { getRecord } from './get-subscription.ts'
import { isHeld } from './held-end.ts'
import type { ManageResult } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

export interface PauseInput extends ChangeInput {
  /** The provider's first kind when absent. */
  kind?: PauseKind | undefined
  /** By the billing clock; until somebody resumes it when absent. */
  resumesAt?: Date | undefined
}

/**
 * Pauses a live subscription: its collection, or the service with it. Access follows the kind. Pausing what is paused that way already is a
 * success, and another end of the pause moves it. Errors: `subscription_not_found` (404), `subscription_not_live`, `subscription_ending`,
 * `change_in_progress` (409), `invalid_resumes_at` (400), `unsupported` (422), the provider's own.
 */
export async function pauseSubscription(ctx: Context, input: PauseInput): Promise<ManageResult> {
  const record = await getRecord(ctx, input)
  const { row } = record
  if (!isLive(row.status))
    throw conflict('subscription_not_live', `A subscription that is ${row.status} cannot be paused.`)
  if (row.cancelAt) throw conflict('subscription_ending', 'The subscription is going to end; reactivate it first.')
  const { provider, externalSubscriptionId } = billedAt(ctx, record)
  const { pause, kind } = requireKind(provider, input.kind)
  const resumesAt = await checkResumesAt(ctx, provider, input.resumesAt)
  if (row.pauseKind === kind && row.pauseResumesAt?.getTime() === resumesAt?.getTime())
    return { outcome: 'applied', subscription: await viewSubscription(ctx, record) }
  const wanted = { externalSubscriptionId, kind, ...(resumesAt && { resumesAt: resumesAt.toISOString() }) }
  const done = await runOperation(ctx, {
    ...changeOf(ctx, input, provider),
    kind: 'pause_subscription',
    input: wanted,
    target: { kind: 'subscription', externalId: externalSubscriptionId },
    call: (operation) => pause.pauseSubscription(wanted, operation),
    apply: applyPaused,
  })
  return manageResult(ctx, input, done)
}

/** Ends a pause. Resuming what runs already is a success. Errors: those of pauseSubscription. */
export async function resumeSubscription(ctx: Context, input: ChangeInput): Promise<ManageResult> {
  const record = await getRecord(ctx, input)
  const { row } = record
  if (!isLive(row.status))
    throw conflict('subscription_not_live', `A subscription that is ${row.status} cannot be resumed.`)
  if (row.pauseKind && isHeld(record))
    throw conflict('subscription_ending', 'The subscription is going to end; reactivate it first.')
  const { provider, externalSubscriptionId } = billedAt(ctx, record)
  const { pause, kind } = requireKind(provider, row.pauseKind ?? undefined)
  if (row.pauseKind === null) return { outcome: 'applied', subscription: await viewSubscription(ctx, record) }
  const done = await runOperation(ctx, {
    ...changeOf(ctx, input, provider),
    kind: 'resume_subscription',
    input: { externalSubscriptionId, kind },
    target: { kind: 'subscription', externalId: externalSubscriptionId },
    call: (operation) => pause.resumeSubscription({ externalSubscriptionId, kind }, operation),
    apply: applyResumed,
  })
  return manageResult(ctx, input, done)
}

function requireKind(
  provider: BasePaymentProvider,
  wanted: PauseKind | undefined,
): { pause: PauseAbility; kind: PauseKind } {
  const kinds = provider.capabilities.pause
  const kind = wanted ?? kinds[0]
  if (!provider.pause || kind === undefined) throw unsupported(provider, 'pause a subscription')
  if (!kinds.includes(kind)) throw unsupported(provider, `pause the ${kind} of a subscription`)
  return { pause: provider.pause, kind }
}

async function checkResumesAt(
  ctx: Context,
  provider: BasePaymentProvider,
  resumesAt: Date | undefined,
): Promise<Date | null> {
  if (resumesAt === undefined) return null
  const now = await billingNow(ctx, provider.providerName)
  if (resumesAt > now) return resumesAt
  throw invalid('invalid_resumes_at', 'resumes_at must be in the future, by the billing clock.')
}
