import { sql } from 'drizzle-orm'
import { type OrganizationScope, type OrganizationsScope, rowsOf } from './scope.ts'

/**
 * One writer at a time for each organization, until the transaction ends; taking it again is free. What is decided from several rows
 * (is there a live subscription already?) then cannot be decided twice. Two organizations whose hashes meet only wait for each other.
 */
export async function lockOrganization(scope: OrganizationScope): Promise<void> {
  await scope.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${scope.organizationId}, 0))`)
}

/**
 * The same lock for many, for those that nobody holds: answers whose it got. It never waits, so no two of them can wait for each other.
 */
export async function tryLockOrganizations({ tx, organizationIds }: OrganizationsScope): Promise<Set<string>> {
  const rows = await rowsOf<{ id: string; locked: boolean }>(
    tx.execute(sql`select id, pg_try_advisory_xact_lock(hashtextextended(id, 0)) as locked
      from unnest(string_to_array(${organizationIds.join(',')}, ',')) as id`),
  )
  return new Set(rows.filter(({ locked }) => locked).map(({ id }) => id))
}
