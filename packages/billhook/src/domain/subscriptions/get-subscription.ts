import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import { findCurrentSubscription, findSubscription, type SubscriptionRecord, selectSubscriptions } from './store.ts'
import type { Subscription } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

export interface SubscriptionInput {
  organizationId: string
  subscriptionId: string
}

/** Error: `subscription_not_found` (404). */
export async function getSubscription(ctx: Context, input: SubscriptionInput): Promise<Subscription> {
  return viewSubscription(ctx, await getRecord(ctx, input))
}

export async function getRecord(
  ctx: Context,
  { organizationId, subscriptionId }: SubscriptionInput,
): Promise<SubscriptionRecord> {
  const record = await inOrganization(ctx.db, organizationId, (scope) => findSubscription(scope, subscriptionId))
  if (!record) throw notFound('subscription_not_found', `There is no subscription ${subscriptionId}.`)
  return record
}

/**
 * The live subscription of a product line, else the last that ended, with `access.allowed: false`.
 * Error: `no_subscription` (404) when there never was one.
 */
export async function getCurrentSubscription(
  ctx: Context,
  { organizationId, productLine = 'main' }: { organizationId: string; productLine?: string | undefined },
): Promise<Subscription> {
  const record = await inOrganization(ctx.db, organizationId, (scope) => findCurrentSubscription(scope, productLine))
  if (!record) throw notFound('no_subscription', 'The organization has no subscription.')
  return viewSubscription(ctx, record)
}

/** Newest first, ended ones too. */
export async function listSubscriptions(
  ctx: Context,
  input: PageInput & { organizationId: string },
): Promise<Paged<Subscription>> {
  const before = decodeCursor(input)
  const records = await inOrganization(ctx.db, input.organizationId, (scope) =>
    selectSubscriptions(scope, before, pageLimit(input) + 1),
  )
  const page = pageOf(
    records,
    input,
    (record) => record,
    (record) => record.row.id,
  )
  return {
    data: await Promise.all(page.data.map((record) => viewSubscription(ctx, record))),
    nextCursor: page.nextCursor,
  }
}
