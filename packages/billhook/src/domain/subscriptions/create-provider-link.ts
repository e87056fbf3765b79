import type { Context } from '../../context.ts'
import { conflict, requireWebUrl } from '../../primitives/index.ts'
import { isLive } from '../sync/index.ts'
import { billedAt, unsupported } from './billed-change.ts'
import { getRecord, type SubscriptionInput } from './get-subscription.ts'

export interface ProviderLinkInput extends SubscriptionInput {
  /** Where the provider's page leads back to. */
  returnUrl: string
}

/**
 * A link to the provider's own pages where the customer gives another card; short-lived, for one visit. Errors: `subscription_not_found`
 * (404), `subscription_not_live`, `no_billing_provider` (409), `invalid_url` (400), `unsupported` (422), the provider's own.
 */
export const updatePaymentMethod = (ctx: Context, input: ProviderLinkInput): Promise<{ url: string }> =>
  createLink(ctx, input, 'payment_method')

/** A link to the provider's own pages for everything that they offer. Errors: those of updatePaymentMethod. */
export const createProviderPortalLink = (ctx: Context, input: ProviderLinkInput): Promise<{ url: string }> =>
  createLink(ctx, input, 'overview')

async function createLink(
  ctx: Context,
  input: ProviderLinkInput,
  purpose: 'overview' | 'payment_method',
): Promise<{ url: string }> {
  requireWebUrl('return_url', input.returnUrl)
  const record = await getRecord(ctx, input)
  if (!isLive(record.row.status))
    throw conflict('subscription_not_live', `A subscription that is ${record.row.status} is not billed any more.`)
  const { provider, bindingId } = billedAt(ctx, record)
  const externalCustomerId = record.bindings.find(({ id }) => id === bindingId)?.externalCustomerId
  if (!provider.portal || !provider.capabilities.portal || externalCustomerId === undefined)
    throw unsupported(provider, 'show pages of its own to a customer')
  return provider.portal.createPortalLink({ externalCustomerId, returnUrl: input.returnUrl, purpose })
}
