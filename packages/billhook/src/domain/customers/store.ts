import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { customers, organizations } from '../../db/schema/index.ts'
import { InvariantError } from '../../primitives/index.ts'

export type CustomerRow = typeof customers.$inferSelect

const atProvider = (scope: OrganizationScope, provider: string) =>
  and(eq(customers.organizationId, scope.organizationId), eq(customers.provider, provider))

export async function findLivingCustomer(scope: OrganizationScope, provider: string): Promise<CustomerRow | null> {
  const [row] = await scope.tx
    .select()
    .from(customers)
    .where(and(atProvider(scope, provider), isNull(customers.deletedAt)))
  return row ?? null
}

/** How many were lost at the provider before: it makes the key of the next creation its own. */
export async function countLostCustomers(scope: OrganizationScope, provider: string): Promise<number> {
  const [row] = await scope.tx
    .select({ count: sql<number>`count(*)::int` })
    .from(customers)
    .where(and(atProvider(scope, provider), isNotNull(customers.deletedAt)))
  return row?.count ?? 0
}

export async function insertCustomer(
  scope: OrganizationScope,
  row: typeof customers.$inferInsert,
): Promise<CustomerRow> {
  const [inserted] = await scope.tx.insert(customers).values(row).returning()
  if (!inserted) throw new InvariantError('an insert of a customer answered no row')
  return inserted
}

export async function markCustomerLost(scope: OrganizationScope, id: string, now: Date): Promise<void> {
  await scope.tx
    .update(customers)
    .set({ deletedAt: now, updatedAt: now })
    .where(and(eq(customers.organizationId, scope.organizationId), eq(customers.id, id)))
}

export async function findOwnOrganization(scope: OrganizationScope) {
  const [row] = await scope.tx.select().from(organizations).where(eq(organizations.id, scope.organizationId))
  return row ?? null
}
