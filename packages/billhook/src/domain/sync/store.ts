import { and, eq, inArray, sql } from 'drizzle-orm'
import { isUniqueViolation, type OrganizationScope, rowsOf } from '../../db/index.ts'
import {
  bindings,
  checkoutSessions,
  customers,
  externalRefs,
  plans,
  prices,
  providerPrices,
  subscriptions,
} from '../../db/schema/index.ts'
import { BillhookError } from '../../primitives/index.ts'
import { liveStatuses } from '../../providers/provider.ts'
import type { ReadKind } from './reading.ts'

export type SubscriptionRow = typeof subscriptions.$inferSelect
export type BindingRow = typeof bindings.$inferSelect
export type CheckoutSessionRow = typeof checkoutSessions.$inferSelect
export type CustomerRow = typeof customers.$inferSelect
/** One of our prices, as a provider's item names it, with the plan it belongs to. */
export interface MappedPrice {
  externalPriceId: string
  priceId: string
  amount: number
  planId: string
  productLine: string
  currency: string
}

const guarded = {
  subscription: { table: sql`billhook.bindings`, externalId: sql`external_subscription_id` },
  invoice: { table: sql`billhook.invoices`, externalId: sql`external_invoice_id` },
  checkout_session: { table: sql`billhook.checkout_sessions`, externalId: sql`external_session_id` },
  refund: { table: sql`billhook.refunds`, externalId: sql`external_refund_id` },
  dispute: { table: sql`billhook.disputes`, externalId: sql`external_dispute_id` },
} satisfies Record<ReadKind, unknown>

/** The next ticket of an external object; 0 when it is not known here. */
export async function issueTicket(
  scope: OrganizationScope,
  object: { provider: string; kind: ReadKind; externalId: string },
): Promise<number> {
  const { table, externalId } = guarded[object.kind]
  const rows = await rowsOf<{ ticket: string | number }>(
    scope.tx.execute(sql`
      update ${table} set ticket_issued = ticket_issued + 1
      where organization_id = ${scope.organizationId} and provider = ${object.provider} and ${externalId} = ${object.externalId}
      returning ticket_issued as ticket`),
  )
  return Number(rows[0]?.ticket ?? 0)
}

/** Error: `foreign_reference` when another organization owns the id (its row is hidden, so only the unique key can tell). */
export async function claimExternalRef(
  scope: OrganizationScope,
  ref: Omit<typeof externalRefs.$inferInsert, 'organizationId'>,
): Promise<void> {
  try {
    await scope.tx.insert(externalRefs).values({ ...ref, organizationId: scope.organizationId })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new BillhookError(
      'foreign_reference',
      `${ref.kind} ${ref.externalId} of ${ref.provider} belongs to another object already.`,
      {
        status: 409,
        cause: error,
      },
    )
  }
}

export async function findCustomer(
  scope: OrganizationScope,
  provider: string,
  externalCustomerId: string,
): Promise<CustomerRow | null> {
  const [row] = await scope.tx
    .select()
    .from(customers)
    .where(
      and(
        eq(customers.organizationId, scope.organizationId),
        eq(customers.provider, provider),
        eq(customers.externalCustomerId, externalCustomerId),
      ),
    )
  return row ?? null
}

export async function updateCustomer(
  scope: OrganizationScope,
  id: string,
  values: Partial<typeof customers.$inferInsert>,
): Promise<void> {
  await scope.tx
    .update(customers)
    .set(values)
    .where(and(eq(customers.organizationId, scope.organizationId), eq(customers.id, id)))
}

export async function findBinding(
  scope: OrganizationScope,
  provider: string,
  externalSubscriptionId: string,
): Promise<BindingRow | null> {
  const [row] = await scope.tx
    .select()
    .from(bindings)
    .where(
      and(
        eq(bindings.organizationId, scope.organizationId),
        eq(bindings.provider, provider),
        eq(bindings.externalSubscriptionId, externalSubscriptionId),
      ),
    )
  return row ?? null
}

export async function findBindingById(scope: OrganizationScope, id: string): Promise<BindingRow | null> {
  const [row] = await scope.tx
    .select()
    .from(bindings)
    .where(and(eq(bindings.organizationId, scope.organizationId), eq(bindings.id, id)))
  return row ?? null
}

export async function findSubscriptionRow(scope: OrganizationScope, id: string): Promise<SubscriptionRow | null> {
  const [row] = await scope.tx
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.organizationId, scope.organizationId), eq(subscriptions.id, id)))
  return row ?? null
}

export async function findLiveSubscription(
  scope: OrganizationScope,
  productLine: string,
): Promise<SubscriptionRow | null> {
  const [row] = await scope.tx
    .select()
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.organizationId, scope.organizationId),
        eq(subscriptions.productLine, productLine),
        inArray(subscriptions.status, [...liveStatuses]),
      ),
    )
  return row ?? null
}

export async function findCheckoutSession(
  scope: OrganizationScope,
  by: { id: string } | { provider: string; externalSessionId: string },
): Promise<CheckoutSessionRow | null> {
  const [row] = await scope.tx
    .select()
    .from(checkoutSessions)
    .where(
      and(
        eq(checkoutSessions.organizationId, scope.organizationId),
        'id' in by
          ? eq(checkoutSessions.id, by.id)
          : and(
              eq(checkoutSessions.provider, by.provider),
              eq(checkoutSessions.externalSessionId, by.externalSessionId),
            ),
      ),
    )
  return row ?? null
}

export async function updateCheckoutSession(
  scope: OrganizationScope,
  id: string,
  values: Partial<typeof checkoutSessions.$inferInsert>,
): Promise<CheckoutSessionRow> {
  const [row] = await scope.tx
    .update(checkoutSessions)
    .set(values)
    .where(and(eq(checkoutSessions.organizationId, scope.organizationId), eq(checkoutSessions.id, id)))
    .returning()
  if (!row)
    throw new BillhookError('checkout_session_not_found', `There is no checkout session ${id}.`, { status: 404 })
  return row
}

/** Our prices behind a provider's, in the order of their external ids, so that every process chooses alike. */
export async function mapPrices(
  scope: OrganizationScope,
  provider: string,
  externalPriceIds: string[],
): Promise<MappedPrice[]> {
  if (externalPriceIds.length === 0) return []
  return scope.tx
    .select({
      externalPriceId: providerPrices.externalPriceId,
      priceId: prices.id,
      amount: prices.amount,
      currency: prices.currency,
      planId: plans.id,
      productLine: plans.productLine,
    })
    .from(providerPrices)
    .innerJoin(prices, eq(prices.id, providerPrices.priceId))
    .innerJoin(plans, eq(plans.id, prices.planId))
    .where(and(eq(providerPrices.provider, provider), inArray(providerPrices.externalPriceId, externalPriceIds)))
    .orderBy(providerPrices.externalPriceId)
}

/** Takes paid time back: the one exception to "paid-through moves only forward", which a trigger lets pass only inside this transaction. */
export async function setPaidThrough(
  { tx, organizationId }: OrganizationScope,
  id: string,
  values: Pick<SubscriptionRow, 'paidThroughAt' | 'updatedAt'>,
): Promise<void> {
  await tx.execute(sql`select set_config('billhook.end_now', 'on', true)`)
  await tx
    .update(subscriptions)
    .set(values)
    .where(and(eq(subscriptions.organizationId, organizationId), eq(subscriptions.id, id)))
  await tx.execute(sql`select set_config('billhook.end_now', 'off', true)`)
}

/** False when the reminder of this trial end was told before. */
export async function markTrialEndTold(scope: OrganizationScope, id: string): Promise<boolean> {
  const told = await scope.tx
    .update(subscriptions)
    .set({ trialEndToldAt: sql`trial_end` })
    .where(
      and(
        eq(subscriptions.organizationId, scope.organizationId),
        eq(subscriptions.id, id),
        sql`trial_end is distinct from trial_end_told_at`,
      ),
    )
    .returning({ id: subscriptions.id })
  return told.length === 1
}
