import { and, asc, eq, inArray, isNotNull, isNull, lte, or } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { checkoutSessions, invoices, subscriptions } from '../../db/schema/index.ts'
import { InvariantError } from '../../primitives/index.ts'

export type CheckoutSessionRow = typeof checkoutSessions.$inferSelect

export async function findSession(scope: OrganizationScope, id: string): Promise<CheckoutSessionRow | null> {
  const [row] = await scope.tx
    .select()
    .from(checkoutSessions)
    .where(and(eq(checkoutSessions.organizationId, scope.organizationId), eq(checkoutSessions.id, id)))
  return row ?? null
}

/** The session that is open, or whose slow payment is under way, in a product line. */
export async function findSessionUnderWay(
  scope: OrganizationScope,
  productLine: string,
): Promise<CheckoutSessionRow | null> {
  const [row] = await scope.tx
    .select()
    .from(checkoutSessions)
    .where(
      and(
        eq(checkoutSessions.organizationId, scope.organizationId),
        eq(checkoutSessions.productLine, productLine),
        eq(checkoutSessions.purpose, 'subscribe'),
        inArray(checkoutSessions.status, ['open', 'processing']),
      ),
    )
    .orderBy(asc(checkoutSessions.status))
    .limit(1)
  return row ?? null
}

export async function insertSession(
  scope: OrganizationScope,
  row: typeof checkoutSessions.$inferInsert,
): Promise<CheckoutSessionRow> {
  const [inserted] = await scope.tx.insert(checkoutSessions).values(row).returning()
  if (!inserted) throw new InvariantError('an insert of a checkout session answered no row')
  return inserted
}

/** Gives up a session that is still open; a later completion at the provider counts all the same. */
export async function giveUpSession(
  scope: OrganizationScope,
  id: string,
  now: Date,
): Promise<CheckoutSessionRow | null> {
  const [row] = await scope.tx
    .update(checkoutSessions)
    .set({ status: 'expired', concludedBy: 'timer', url: null, updatedAt: now })
    .where(
      and(
        eq(checkoutSessions.organizationId, scope.organizationId),
        eq(checkoutSessions.id, id),
        eq(checkoutSessions.status, 'open'),
      ),
    )
    .returning()
  return row ?? null
}

/** One trial for each product line, across plans and providers. */
export async function hadTrial(scope: OrganizationScope, productLine: string): Promise<boolean> {
  const [row] = await scope.tx
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.organizationId, scope.organizationId),
        eq(subscriptions.productLine, productLine),
        isNotNull(subscriptions.trialStart),
      ),
    )
    .limit(1)
  return row !== undefined
}

/** Where the oldest open bill of a subscription can be paid. */
export async function findPayUrl(scope: OrganizationScope, subscriptionId: string): Promise<string | null> {
  const [row] = await scope.tx
    .select({ url: invoices.hostedUrl })
    .from(invoices)
    .where(
      and(
        eq(invoices.organizationId, scope.organizationId),
        eq(invoices.subscriptionId, subscriptionId),
        eq(invoices.status, 'open'),
        isNotNull(invoices.hostedUrl),
      ),
    )
    .orderBy(asc(invoices.createdAt))
    .limit(1)
  return row?.url ?? null
}

/** Sessions that should be over, across organizations. */
export const listOverdueSessions = (
  { tx }: PlatformScope,
  { provider, at, askedBefore, limit }: { provider: string; at: Date; askedBefore: Date; limit: number },
) =>
  tx
    .select({ id: checkoutSessions.id, organizationId: checkoutSessions.organizationId })
    .from(checkoutSessions)
    .where(
      and(
        eq(checkoutSessions.provider, provider),
        eq(checkoutSessions.status, 'open'),
        or(
          lte(checkoutSessions.expiresAt, at),
          // One without an answer from the provider has no end of its own.
          and(isNull(checkoutSessions.expiresAt), lte(checkoutSessions.createdAt, askedBefore)),
        ),
      ),
    )
    .orderBy(asc(checkoutSessions.expiresAt))
    .limit(limit)
