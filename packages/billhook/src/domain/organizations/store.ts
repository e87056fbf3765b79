import { and, eq, inArray } from 'drizzle-orm'
import type { PlatformScope } from '../../db/index.ts'
import { organizations, subscriptions } from '../../db/schema/index.ts'
import { liveStatuses } from '../../providers/provider.ts'
import type { Organization, OrganizationFields } from './organization.ts'

export async function insertOrganization(scope: PlatformScope, organization: Organization): Promise<void> {
  await scope.tx.insert(organizations).values(organization)
}

export async function findOrganization(scope: PlatformScope, organizationId: string): Promise<Organization | null> {
  const [row] = await scope.tx.select().from(organizations).where(eq(organizations.id, organizationId))
  return row ?? null
}

export async function findOrganizationByExternalId(
  scope: PlatformScope,
  externalId: string,
): Promise<Organization | null> {
  const [row] = await scope.tx.select().from(organizations).where(eq(organizations.externalId, externalId))
  return row ?? null
}

export async function updateOrganization(
  scope: PlatformScope,
  organizationId: string,
  fields: Partial<OrganizationFields> & { updatedAt: Date },
): Promise<Organization | null> {
  const [row] = await scope.tx.update(organizations).set(fields).where(eq(organizations.id, organizationId)).returning()
  return row ?? null
}

export async function hasLiveSubscription(scope: PlatformScope, organizationId: string): Promise<boolean> {
  const rows = await scope.tx
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(eq(subscriptions.organizationId, organizationId), inArray(subscriptions.status, [...liveStatuses])))
    .limit(1)
  return rows.length > 0
}
