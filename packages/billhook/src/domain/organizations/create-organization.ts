import type { Context } from '../../context.ts'
import { asPlatform, isUniqueViolation } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import { checkExternalId, checkOrganizationFields, type Organization, type OrganizationFields } from './organization.ts'
import { insertOrganization } from './store.ts'

export interface CreateOrganizationInput extends Omit<OrganizationFields, 'metadata'> {
  externalId: string
  metadata?: OrganizationFields['metadata'] | undefined
}

/** Errors: `organization_exists` (409) for an external id that is taken; 400 for a field that is wrong. */
export async function createOrganization(ctx: Context, input: CreateOrganizationInput): Promise<Organization> {
  const organization = newOrganization(ctx, input)
  try {
    await asPlatform(ctx.db, (scope) => insertOrganization(scope, organization))
  } catch (error) {
    if (!isUniqueViolation(error, 'organizations_external_id_once')) throw error
    throw conflict('organization_exists', `There is an organization with external_id "${input.externalId}" already.`)
  }
  return organization
}

/** Checked, and not stored yet. Errors: 400 for a field that is wrong. */
export function newOrganization(ctx: Context, { metadata = {}, ...input }: CreateOrganizationInput): Organization {
  checkExternalId(input.externalId)
  checkOrganizationFields({ ...input, metadata })
  const now = ctx.clock.now()
  return {
    id: ctx.ids.next('organization'),
    externalId: input.externalId,
    name: input.name,
    email: input.email,
    country: input.country,
    currency: input.currency,
    timezone: input.timezone,
    metadata,
    createdAt: now,
    updatedAt: now,
  }
}
