import { and, eq, inArray } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { bindings, externalRefs, invoices, organizations, subscriptions } from '../../db/schema/index.ts'
import { liveStatuses } from '../../providers/provider.ts'

export type RefKind = 'customer' | 'subscription' | 'invoice'

/** Whose objects these are, of those that are known here. */
export async function selectOwners(
  { tx }: PlatformScope,
  { provider, kind, externalIds }: { provider: string; kind: RefKind; externalIds: string[] },
): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map()
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
  return new Map(rows.map((row) => [row.externalId, row.organizationId]))
}

/** The organizations of these external ids, of those that are there. */
export async function selectOrganizationIds(
  { tx }: PlatformScope,
  externalIds: string[],
): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map()
  const rows = await tx
    .select({ id: organizations.id, externalId: organizations.externalId })
    .from(organizations)
    .where(inArray(organizations.externalId, externalIds))
  return new Map(rows.map((row) => [row.externalId, row.id]))
}

/** The live subscription of each product line, by its id at the provider that bills it. */
export async function selectLiveLines(scope: OrganizationScope): Promise<Map<string, string>> {
  const rows = await scope.tx
    .select({ productLine: subscriptions.productLine, id: subscriptions.id, external: bindings.externalSubscriptionId })
    .from(subscriptions)
    .leftJoin(bindings, and(eq(bindings.subscriptionId, subscriptions.id), eq(bindings.role, 'billing')))
    .where(
      and(eq(subscriptions.organizationId, scope.organizationId), inArray(subscriptions.status, [...liveStatuses])),
    )
  return new Map(rows.map((row) => [row.productLine, row.external ?? row.id]))
}

/** Says in the invoice's metadata that it was put together from another application's table. */
export async function markReconstructed(
  scope: OrganizationScope,
  { provider, externalInvoiceId }: { provider: string; externalInvoiceId: string },
  mark: Record<string, string>,
): Promise<void> {
  await scope.tx
    .update(invoices)
    .set({ metadata: mark })
    .where(
      and(
        eq(invoices.organizationId, scope.organizationId),
        eq(invoices.provider, provider),
        eq(invoices.externalInvoiceId, externalInvoiceId),
      ),
    )
}
