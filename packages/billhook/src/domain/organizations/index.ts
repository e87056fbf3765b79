export { type ChangeOrganizationInput, changeOrganization } from './change-organization.ts'
export { type CreateOrganizationInput, createOrganization } from './create-organization.ts'
export { getOrganization, resolveOrganization } from './get-organization.ts'
export { checkMetadata, type Organization } from './organization.ts'
