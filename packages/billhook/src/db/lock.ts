import { sql } from 'drizzle-orm'
import type { OrganizationScope } from './scope.ts'

/**
 * One writer at a time for each organization, until the transaction ends; taking it again is free. What is decided from several rows
 * (is there a live subscription already?) then cannot be decided twice. Two organizations whose hashes meet only wait for each other.
 */
export async function lockOrganization(scope: OrganizationScope): Promise<void> {
  await scope.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${scope.organizationId}, 0))`)
}
