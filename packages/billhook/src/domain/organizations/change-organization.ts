import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import { getOrganization, organizationNotFound } from './get-organization.ts'
import { checkOrganizationFields, type Organization, type OrganizationFields } from './organization.ts'
import { hasLiveSubscription, updateOrganization } from './store.ts'

export type ChangeOrganizationInput = { organizationId: string } & {
  [K in keyof OrganizationFields]?: OrganizationFields[K] | undefined
}

/** Changes what is given. Errors: `organization_not_found` (404), `currency_in_use` (409) while a subscription is live. */
export async function changeOrganization(ctx: Context, input: ChangeOrganizationInput): Promise<Organization> {
  const { organizationId, ...given } = input
  const fields: Partial<OrganizationFields> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  )
  checkOrganizationFields(fields)
  const known = await getOrganization(ctx, { organizationId })
  return asPlatform(ctx.db, async (scope) => {
    const movesCurrency = fields.currency !== undefined && fields.currency !== known.currency
    if (movesCurrency && (await hasLiveSubscription(scope, known.id))) {
      throw conflict('currency_in_use', 'The currency cannot change while a subscription is live.')
    }
    const changed = await updateOrganization(scope, known.id, { ...fields, updatedAt: ctx.clock.now() })
    if (!changed) throw organizationNotFound()
    return changed
  })
}
