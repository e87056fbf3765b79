import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { type OrganizationScope, rowsOf } from '../../db/index.ts'
import { customers } from '../../db/schema/index.ts'
import { liveStatuses } from '../../providers/provider.ts'
import type { CustomerRow } from './store.ts'

const own = (scope: OrganizationScope, provider: string) =>
  and(eq(customers.organizationId, scope.organizationId), eq(customers.provider, provider))

export async function findCustomerByExternalId(
  scope: OrganizationScope,
  provider: string,
  externalCustomerId: string,
): Promise<CustomerRow | null> {
  const [row] = await scope.tx
    .select()
    .from(customers)
    .where(and(own(scope, provider), eq(customers.externalCustomerId, externalCustomerId)))
  return row ?? null
}

/** Whether another customer of the organization pays for something there now. */
export async function paysByAnother(scope: OrganizationScope, customer: CustomerRow): Promise<boolean> {
  const live = sql.join(
    liveStatuses.map((status) => sql`${status}`),
    sql`, `,
  )
  const rows = await rowsOf(
    scope.tx.execute(sql`select 1 from billhook.bindings b
    join billhook.customers c on c.organization_id = b.organization_id and c.id = b.customer_id
    where b.organization_id = ${scope.organizationId} and c.provider = ${customer.provider} and c.id <> ${customer.id}
      and c.deleted_at is null and b.external_status in (${live}) limit 1`),
  )
  return rows.length > 0
}

/** The one that is used from now on; the others stay for what was bought with them. */
export async function makeCurrent(scope: OrganizationScope, customer: CustomerRow, now: Date): Promise<void> {
  await scope.tx
    .update(customers)
    .set({ deletedAt: now, updatedAt: now })
    .where(
      and(
        own(scope, customer.provider),
        eq(customers.currency, customer.currency),
        ne(customers.id, customer.id),
        isNull(customers.deletedAt),
      ),
    )
  await scope.tx
    .update(customers)
    .set({ deletedAt: null, updatedAt: now })
    .where(and(own(scope, customer.provider), eq(customers.id, customer.id)))
}
