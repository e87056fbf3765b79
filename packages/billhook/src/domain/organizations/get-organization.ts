import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { looksLikeOurId, notFound } from '../../primitives/index.ts'
import type { Organization } from './organization.ts'
import { findOrganization, findOrganizationByExternalId } from './store.ts'

/** By our id or by the host's; the two never look alike. */
export function resolveOrganization(ctx: Context, idOrExternalId: string): Promise<Organization | null> {
  return asPlatform(ctx.db, (scope) =>
    looksLikeOurId(idOrExternalId, 'organization')
      ? findOrganization(scope, idOrExternalId)
      : findOrganizationByExternalId(scope, idOrExternalId),
  )
}

/** Errors: `organization_not_found` (404). */
export async function getOrganization(
  ctx: Context,
  { organizationId }: { organizationId: string },
): Promise<Organization> {
  const organization = await resolveOrganization(ctx, organizationId)
  if (!organization) throw organizationNotFound()
  return organization
}

export const organizationNotFound = () => notFound('organization_not_found', 'There is no such organization.')
