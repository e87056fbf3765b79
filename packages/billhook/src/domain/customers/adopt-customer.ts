import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import type { BillingEventSource } from '../../outbox/billing-event.ts'
import type { CustomerData } from '../../providers/provider.ts'
import { claimExternalRef } from '../sync/index.ts'
import { findCustomerByExternalId, makeCurrent, paysByAnother } from './adopt-store.ts'
import { findLivingCustomer, insertCustomer } from './store.ts'

export interface AdoptCustomerInput {
  provider: string
  providerKind: string
  snapshot: CustomerData
  source: BillingEventSource
  at: Date
}

/**
 * Stores a customer that the provider has already as the organization's, in the caller's transaction. `beside`: the organization has
 * another one there, which stays the one in use; this one is kept for what was bought with it. Error: `foreign_reference` (409).
 */
export async function adoptCustomer(
  ctx: Context,
  scope: OrganizationScope,
  { provider, providerKind, snapshot, source, at }: AdoptCustomerInput,
): Promise<'known' | 'adopted' | 'beside'> {
  await lockOrganization(scope)
  const { externalCustomerId, email, name } = snapshot
  if (await findCustomerByExternalId(scope, provider, externalCustomerId)) return 'known'
  const isBeside = !snapshot.deleted && (await findLivingCustomer(scope, provider)) !== null
  const now = ctx.clock.now()
  const id = ctx.ids.next('customer')
  const { organizationId } = scope
  await claimExternalRef(scope, { provider, kind: 'customer', externalId: externalCustomerId, objectId: id })
  await insertCustomer(scope, {
    id,
    organizationId,
    provider,
    providerKind,
    externalCustomerId,
    email,
    name,
    deletedAt: snapshot.deleted || isBeside ? now : null,
    createdAt: now,
    updatedAt: now,
  })
  await appendFacts(ctx, scope, {
    facts: [{ type: 'customer.created', objectId: id, data: { id, organizationId, provider, externalCustomerId } }],
    source,
    occurredAt: at,
  })
  return isBeside ? 'beside' : 'adopted'
}

/** Of several customers of one organization, the one that pays a live subscription is the one in use. */
export async function preferPayingCustomer(
  ctx: Context,
  scope: OrganizationScope,
  { provider, externalCustomerId }: { provider: string; externalCustomerId: string },
): Promise<void> {
  const customer = await findCustomerByExternalId(scope, provider, externalCustomerId)
  if (!customer?.deletedAt || (await paysByAnother(scope, customer))) return
  await makeCurrent(scope, customer, ctx.clock.now())
}
