import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { BillhookError, conflict } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import { getRecord, type SubscriptionInput } from './get-subscription.ts'
import { findSubscription, type SubscriptionRecord } from './store.ts'
import type { ManageResult } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

export interface ChangeInput extends SubscriptionInput {
  /** The caller's own key: the same one again answers the same. */
  businessKey?: string | undefined
}

class AlreadyHolds extends Error {}

/**
 * Somebody else's change like this one may have been made after this one looked, and before its intent was alone on the subscription: then
 * the intent is undone, and what holds is answered without asking the provider for it again.
 */
export async function unlessItHolds(
  ctx: Context,
  input: ChangeInput,
  holds: (record: SubscriptionRecord) => boolean,
  change: (begin: (scope: OrganizationScope) => Promise<SubscriptionRecord>) => Promise<ManageResult>,
): Promise<ManageResult> {
  try {
    return await change(async (scope) => {
      const latest = await findSubscription(scope, input.subscriptionId)
      if (!latest || holds(latest)) throw new AlreadyHolds()
      return latest
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

export const unsupported = ({ providerName }: BasePaymentProvider, what: string, instead = ''): BillhookError =>
  new BillhookError('unsupported', `${providerName} cannot ${what}. ${instead}`.trimEnd(), {
    status: 422,
    facts: { provider: providerName },
  })
