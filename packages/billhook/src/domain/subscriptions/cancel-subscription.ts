import type { Context } from '../../context.ts'
import { conflict } from '../../primitives/index.ts'
import { runOperation } from '../operations/index.ts'
import { isTerminal } from '../sync/index.ts'
import { billedAt, type ChangeInput, changeOf, unlessItHolds, unsupported } from './billed-change.ts'
import { applyCanceled, applyReactivated, manageResult } from './change-outcome.ts'
import { getRecord } from './get-subscription.ts'
import { holdUntilEnd, isHeld, releaseHold } from './held-end.ts'
import type { SubscriptionRecord } from './store.ts'
import type { ManageResult } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

export interface CancelInput extends ChangeInput {
  /** True: access runs to the end of the period. False: it ends now, and paid time with it. */
  atPeriodEnd: boolean
}

/**
 * Ends a subscription, now or when its period ends. Cancelling what has ended, or is ending that way already, is a success. Where the
 * provider can only end at once, it is paused there until its period ends. Errors: `subscription_not_found` (404), `unsupported` (422),
 * `change_in_progress`, `subscription_paused` (409), the provider's own.
 */
export async function cancelSubscription(ctx: Context, input: CancelInput): Promise<ManageResult> {
  const record = await getRecord(ctx, input)
  const holds = ({ row }: SubscriptionRecord) => isTerminal(row.status) || (input.atPeriodEnd && row.cancelAt !== null)
  if (holds(record)) return { outcome: 'applied', subscription: await viewSubscription(ctx, record) }
  const { provider, externalSubscriptionId } = billedAt(ctx, record)
  const { atPeriodEnd } = input
  const { cancel } = provider.capabilities
  if (atPeriodEnd && !cancel.atPeriodEnd) return holdUntilEnd(ctx, input, record)
  if (!atPeriodEnd && !cancel.immediately) throw unsupported(provider, 'cancel at once')
  return unlessItHolds(ctx, input, holds, async (begin) => {
    const done = await runOperation(ctx, {
      ...changeOf(ctx, input, provider),
      kind: 'cancel_subscription',
      input: { externalSubscriptionId, atPeriodEnd },
      target: { kind: 'subscription', externalId: externalSubscriptionId },
      begin,
      call: (operation) => provider.cancelSubscription({ externalSubscriptionId, atPeriodEnd }, operation),
      apply: applyCanceled,
    })
    return manageResult(ctx, input, done)
  })
}

/**
 * Takes back a scheduled end. Reactivating what renews anyway is a success.
 * Errors: `subscription_ended` (409: subscribe anew), `unsupported` (422), the others of cancelSubscription.
 */
export async function reactivateSubscription(ctx: Context, input: ChangeInput): Promise<ManageResult> {
  const record = await getRecord(ctx, input)
  if (isTerminal(record.row.status)) throw conflict('subscription_ended', 'The subscription has ended; subscribe anew.')
  const holds = ({ row }: SubscriptionRecord) => row.cancelAt === null
  if (holds(record)) return { outcome: 'applied', subscription: await viewSubscription(ctx, record) }
  if (isHeld(record)) return releaseHold(ctx, input, record)
  const { provider, externalSubscriptionId } = billedAt(ctx, record)
  if (!provider.capabilities.reactivate) throw unsupported(provider, 'take back a scheduled end')
  return unlessItHolds(ctx, input, holds, async (begin) => {
    const done = await runOperation(ctx, {
      ...changeOf(ctx, input, provider),
      kind: 'reactivate_subscription',
      input: { externalSubscriptionId },
      target: { kind: 'subscription', externalId: externalSubscriptionId },
      begin,
      call: (operation) => provider.reactivateSubscription({ externalSubscriptionId }, operation),
      apply: applyReactivated,
    })
    return manageResult(ctx, input, done)
  })
}
