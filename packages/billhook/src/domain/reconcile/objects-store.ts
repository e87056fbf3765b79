import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { OrganizationScope, OrganizationsScope, PlatformScope } from '../../db/index.ts'
import { bindings, customers, externalRefs, invoices, organizations, payments } from '../../db/schema/index.ts'
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
  ids: Record<'customer' | 'subscription' | 'invoice', string[]>,
): Promise<KnownRef[]> {
  const found: KnownRef[] = []
  for (const kind of ['customer', 'subscription', 'invoice'] as const) {
    if (ids[kind].length === 0) continue
    const rows = await tx
      .select({ externalId: externalRefs.externalId, organizationId: externalRefs.organizationId })
      .from(externalRefs)
      .where(
        and(
          eq(externalRefs.provider, provider),
          eq(externalRefs.kind, kind),
          inArray(externalRefs.externalId, ids[kind]),
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

/** What an object is here. */
export async function selectStatus(
  { tx, organizationId }: OrganizationScope,
  { provider, object, externalId }: { provider: string; object: ObjectKind; externalId: string },
): Promise<string | null> {
  if (object === 'subscription') {
    const ours = eq(bindings.organizationId, organizationId)
    const [row] = await tx
      .select({ status: bindings.externalStatus })
      .from(bindings)
      .where(and(ours, eq(bindings.provider, provider), eq(bindings.externalSubscriptionId, externalId)))
    return row?.status ?? null
  }
  const ours = eq(invoices.organizationId, organizationId)
  const [row] = await tx
    .select({ status: invoices.status })
    .from(invoices)
    .where(and(ours, eq(invoices.provider, provider), eq(invoices.externalInvoiceId, externalId)))
  return row?.status ?? null
}
