import { z } from '@hono/zod-openapi'
import type { Organization } from '../../domain/organizations/index.ts'
import { instant, iso, metadata } from './common.ts'

const fields = {
  name: z.string().min(1).max(200),
  email: z.string().max(254).openapi({ description: 'Where bills go' }),
  country: z.string().openapi({ description: 'ISO 3166-1 alpha-2', example: 'US' }),
  currency: z.string().openapi({ description: 'ISO 4217', example: 'USD' }),
  timezone: z.string().openapi({ description: 'IANA name', example: 'America/New_York' }),
}

export const organizationSchema = z
  .object({ id: z.string(), external_id: z.string(), ...fields, metadata, created_at: instant, updated_at: instant })
  .openapi('Organization')

export const newOrganization = z
  .strictObject({
    external_id: z.string().min(1).max(200).openapi({ description: 'Your own name for it; it never changes' }),
    ...fields,
    metadata: metadata.optional(),
  })
  .openapi('NewOrganization')

export const organizationChange = z
  .strictObject({ ...fields, metadata })
  .partial()
  .openapi('OrganizationChange')

export const organizationJson = (organization: Organization): z.infer<typeof organizationSchema> => ({
  id: organization.id,
  external_id: organization.externalId,
  name: organization.name,
  email: organization.email,
  country: organization.country,
  currency: organization.currency,
  timezone: organization.timezone,
  metadata: organization.metadata,
  created_at: iso(organization.createdAt),
  updated_at: iso(organization.updatedAt),
})
