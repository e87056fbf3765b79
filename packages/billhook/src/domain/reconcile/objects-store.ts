import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { OrganizationScope, OrganizationsScope, PlatformScope } from '../../db/index.ts'
import {
  bindings,
  customers,
  disputes,
  externalRefs,
  invoices,
  organizations,
  payments,
  refunds,
} from '../../db/schema/index.ts'
import type { RefKind } from './compared.ts'
import type { StoredPayment } from './compared-fields.ts'
import type { ObjectKind, ReconcileRow } from './reconcile-run.ts'

/** What is known here and no list of the run has shown, in the order of external ids. */
export const selectUnseen = (
  { tx }: PlatformScope,
  input: { run: ReconcileRow; object: ObjectKind; after: string | null; rows: number },
): Promise<Array<{ externalId: string; organizationId: string }>> => {
  const { run, object, after, rows } = input
  return tx
    .select({ externalId: externalRefs.externalId, organizationId: externalRefs.organizationId })
    .from(externalRefs)
    .where(
      and(
        eq(externalRefs.provider, run.provider),
        eq(externalRefs.kind, object),
        run.organizationId === null ? undefined : eq(externalRefs.organizationId, run.organizationId),
        after === null ? undefined : gt(externalRefs.externalId, after),
        sql`not exists (select 1 from billhook.reconcile_seen s where s.run_id = ${run.id} and s.object = ${object}
          and s.external_id = ${externalRefs.externalId})`,
      ),
    )
    .orderBy(asc(externalRefs.externalId))
    .limit(rows)
}

export interface KnownRef {
  kind: string
  externalId: string
  organizationId: string
}

export async function selectRefs(
  { tx }: PlatformScope,
  provider: string,
  named: ReadonlyArray<{ kind: RefKind; externalIds: string[] }>,
): Promise<KnownRef[]> {
  const found: KnownRef[] = []
  for (const { kind, externalIds } of named) {
    if (externalIds.length === 0) continue
    const rows = await tx
      .select({ externalId: externalRefs.externalId, organizationId: externalRefs.organizationId })
      .from(externalRefs)
      .where(
        and(
          eq(externalRefs.provider, provider),
          eq(externalRefs.kind, kind),
          inArray(externalRefs.externalId, externalIds),
        ),
      )
    found.push(...rows.map((row) => ({ kind, ...row })))
  }
  return found
}

/** Those of these ids that are organizations of ours. */
export async function selectOrganizations({ tx }: PlatformScope, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await tx.select({ id: organizations.id }).from(organizations).where(inArray(organizations.id, ids))
  return new Set(rows.map(({ id }) => id))
}

/** An organization's customers at a provider, in the order of external ids, after one of them. */
export async function selectCustomers(
  { tx, organizationId }: OrganizationScope,
  { provider, from }: { provider: string; from: string | null },
): Promise<string[]> {
  const rows = await tx
    .select({ externalCustomerId: customers.externalCustomerId })
    .from(customers)
    .where(
      and(
        eq(customers.organizationId, organizationId),
        eq(customers.provider, provider),
        from === null ? undefined : sql`${customers.externalCustomerId} >= ${from}`,
      ),
    )
    .orderBy(asc(customers.externalCustomerId))
    .limit(2)
  return rows.map((row) => row.externalCustomerId)
}

/** An organization's payments of which something may have gone back, in the order of external ids, after one of them. */
export async function selectPaid(
  { tx, organizationId }: OrganizationScope,
  { provider, from }: { provider: string; from: string | null },
): Promise<string[]> {
  const rows = await tx
    .select({ externalPaymentId: payments.externalPaymentId })
    .from(payments)
    .where(
      and(
        eq(payments.organizationId, organizationId),
        eq(payments.provider, provider),
        eq(payments.status, 'succeeded'),
        from === null ? undefined : sql`${payments.externalPaymentId} >= ${from}`,
      ),
    )
    .orderBy(asc(payments.externalPaymentId))
    .limit(2)
  return rows.map((row) => row.externalPaymentId)
}

/** The providers that an organization is a customer of. */
export async function selectProviders({ tx, organizationId }: OrganizationScope): Promise<string[]> {
  const rows = await tx
    .selectDistinct({ provider: customers.provider })
    .from(customers)
    .where(eq(customers.organizationId, organizationId))
  return rows.map(({ provider }) => provider)
}

/** Payments as they are kept, by their external ids. */
export async function selectPayments(
  { tx, organizationIds }: OrganizationsScope,
  provider: string,
  externalIds: string[],
): Promise<Map<string, StoredPayment>> {
  if (externalIds.length === 0) return new Map()
  const rows = await tx
    .select({
      externalPaymentId: payments.externalPaymentId,
      status: payments.status,
      amount: payments.amount,
      declineCode: payments.declineCode,
    })
    .from(payments)
    .where(
      and(
        inArray(payments.organizationId, [...organizationIds]),
        eq(payments.provider, provider),
        inArray(payments.externalPaymentId, externalIds),
      ),
    )
  return new Map(rows.map(({ externalPaymentId, ...row }) => [externalPaymentId, row]))
}

const statuses = {
  subscription: { table: bindings, externalId: bindings.externalSubscriptionId, status: bindings.externalStatus },
  invoice: { table: invoices, externalId: invoices.externalInvoiceId, status: invoices.status },
  refund: { table: refunds, externalId: refunds.externalRefundId, status: refunds.status },
  dispute: { table: disputes, externalId: disputes.externalDisputeId, status: disputes.status },
} as const

/** What an object is here. */
export async function selectStatus(
  { tx, organizationId }: OrganizationScope,
  { provider, object, externalId }: { provider: string; object: ObjectKind; externalId: string },
): Promise<string | null> {
  const { table, externalId: id, status } = statuses[object]
  const [row] = await tx
    .select({ status: sql<string>`${status}` })
    .from(table)
    .where(and(eq(table.organizationId, organizationId), eq(table.provider, provider), eq(id, externalId)))
  return row?.status ?? null
}
