export {
  createTestDatabase,
  describeWithPostgres,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestTemplate,
} from './create-test-database.ts'
export { createTestPglite } from './create-test-pglite.ts'
export { openTestDatabase } from './open-test-database.ts'
export { type PostgresOptions, type PostgresServer, startPostgres } from './start-postgres.ts'
