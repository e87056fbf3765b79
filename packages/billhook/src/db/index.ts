export { arrayLiteral } from './array-literal.ts'
export type { Database } from './database.ts'
export { freeLocks, lockOrganization, usageLock } from './lock.ts'
export { migratePostgres } from './migrate.ts'
export { openPglite } from './pglite.ts'
export { openPostgres } from './postgres.ts'
export { prepared, type Statement, text, together } from './prepared.ts'
export { insertRecords, records, rowFromRecord, updateRecords } from './records.ts'
export { legacyStripeId } from './schema/columns.ts'
export {
  askingInOrganization,
  askingInOrganizations,
  asPlatform,
  asPlatformThenOrganization,
  inOrganization,
  inOrganizations,
  inSavepoint,
  type OrganizationScope,
  type OrganizationsScope,
  oneOf,
  organizationScope,
  type PlatformScope,
  requireOrganizationId,
  rowsOf,
  writingAsPlatform,
} from './scope.ts'
export { isDatabaseUnavailable, isUniqueViolation, isUnstorableText, sqlState } from './sql-error.ts'
export { databaseStateStore } from './state-store.ts'
