import { sql } from 'drizzle-orm'
import type { Statement } from './prepared.ts'
import type { OrganizationScope } from './scope.ts'

/**
 * One writer at a time for each organization, until the transaction ends; taking it again is free. What is decided from several rows
 * (is there a live subscription already?) then cannot be decided twice. Two organizations whose hashes meet only wait for each other.
 */
export async function lockOrganization(scope: OrganizationScope): Promise<void> {
  await scope.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${scope.organizationId}, 0))`)
}

/**
 * One writer at a time of an organization's usage, which is so busy that its lock is one of its own. Where both are needed, this one is taken
 * first.
 */
export const usageLock = (organizationId: string): Statement =>
  sql`select pg_advisory_xact_lock(hashtextextended(${organizationId}, 1))`
