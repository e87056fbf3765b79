import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { BillhookError, conflict } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import { runOperation } from '../operations/index.ts'
import { isTerminal } from '../sync/index.ts'
import { applyCanceled, applyReactivated, manageResult } from './change-outcome.ts'
import { getRecord, type SubscriptionInput } from './get-subscription.ts'
import { findSubscription, type SubscriptionRecord } from './store.ts'
import type { ManageResult } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

export interface ChangeInput extends SubscriptionInput {
  /** The caller's own key: the same one again answers the same. */
  businessKey?: string | undefined
}

export interface CancelInput extends ChangeInput {
  /** True: access runs to the end of the period. False: it ends now, and paid time with it. */
  atPeriodEnd: boolean
}

/**
 * Ends a subscription, now or when its period ends. Cancelling what has ended, or is ending that way already, is a success.
 * Errors: `subscription_not_found` (404), `unsupported` (422), `change_in_progress` (409), the provider's own.
 */
export async function cancelSubscription(ctx: Context, input: CancelInput): Promise<ManageResult> {
  const record = await getRecord(ctx, input)
  const holds = ({ row }: SubscriptionRecord) => isTerminal(row.status) || (input.atPeriodEnd && row.cancelAt !== null)
  if (holds(record)) return { outcome: 'applied', subscription: await viewSubscription(ctx, record) }
  const { provider, externalSubscriptionId } = billedAt(ctx, record)
  const { atPeriodEnd } = input
  const { cancel } = provider.capabilities
  if (atPeriodEnd ? !cancel.atPeriodEnd : !cancel.immediately) {
    throw unsupported(provider, atPeriodEnd ? 'cancel at the end of a period' : 'cancel at once')
  }
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

class AlreadyHolds extends Error {}

/**
 * Somebody else's change like this one may have been made after this one looked, and before its intent was alone on the subscription: then
 * the intent is undone, and what holds is answered without asking the provider for it again.
 */
async function unlessItHolds(
  ctx: Context,
  input: ChangeInput,
  holds: (record: SubscriptionRecord) => boolean,
  change: (begin: (scope: OrganizationScope) => Promise<void>) => Promise<ManageResult>,
): Promise<ManageResult> {
  try {
    return await change(async (scope) => {
      const latest = await findSubscription(scope, input.subscriptionId)
      if (latest && holds(latest)) throw new AlreadyHolds()
    })
  } catch (error) {
    if (!(error instanceof AlreadyHolds)) throw error
    return { outcome: 'applied', subscription: await viewSubscription(ctx, await getRecord(ctx, input)) }
  }
}

/** Where a live subscription is billed. Error: `no_billing_provider` (409) when nobody bills it. */
export function billedAt(
  ctx: Context,
  record: SubscriptionRecord,
): { provider: BasePaymentProvider; externalSubscriptionId: string; bindingId: string } {
  const binding = record.bindings.find(({ role }) => role === 'billing')
  if (!binding) throw conflict('no_billing_provider', 'No provider bills this subscription.')
  return {
    provider: ctx.providers.getProvider(binding.provider),
    externalSubscriptionId: binding.externalSubscriptionId,
    bindingId: binding.id,
  }
}

/** What every change's Operation says alike. */
export const changeOf = (
  ctx: Context,
  { organizationId, subscriptionId, businessKey }: ChangeInput,
  provider: BasePaymentProvider,
) => ({
  provider: provider.providerName,
  organizationId,
  subscriptionId,
  businessKey: `change:${subscriptionId}:${businessKey ?? ctx.ids.next('operation')}`,
})

export const unsupported = ({ providerName }: BasePaymentProvider, what: string): BillhookError =>
  new BillhookError('unsupported', `${providerName} cannot ${what}.`, {
    status: 422,
    facts: { provider: providerName },
  })
