import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import type { CustomerData } from '../../providers/provider.ts'
import { applied, type SnapshotOrigin, type SyncOutcome, stale } from './outcome.ts'
import { findCustomer, updateCustomer } from './store.ts'

export interface ApplyCustomerInput {
  origin: SnapshotOrigin
  snapshot: CustomerData
}

/** Keeps what we show of a customer; one that is gone at the provider makes room for a new one. */
export async function applyCustomer(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot }: ApplyCustomerInput,
): Promise<SyncOutcome> {
  const customer = await findCustomer(scope, origin.provider, snapshot.externalCustomerId)
  if (!customer || customer.deletedAt) return stale
  const now = ctx.clock.now()
  await updateCustomer(scope, customer.id, {
    email: snapshot.email,
    name: snapshot.name,
    deletedAt: snapshot.deleted ? now : null,
    updatedAt: now,
  })
  return applied
}
