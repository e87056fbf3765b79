export type { Database } from './database.ts'
export { lockOrganization } from './lock.ts'
export { migratePostgres } from './migrate.ts'
export { openPglite } from './pglite.ts'
export { openPostgres } from './postgres.ts'
export {
  asPlatform,
  asPlatformThenOrganization,
  inOrganization,
  inSavepoint,
  type OrganizationScope,
  type PlatformScope,
  rowsOf,
} from './scope.ts'
export { isDatabaseUnavailable, isUniqueViolation, isUnstorableText, sqlState } from './sql-error.ts'
export { databaseStateStore } from './state-store.ts'
