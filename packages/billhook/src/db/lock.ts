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
 * What has one writer at a time in each organization: all of it, or its usage, which is so busy that its lock is one of its own. Where both
 * are needed, that of the usage is taken first.
 */
export type Locked = 'organization' | 'usage'

const keyOf: Record<Locked, number> = { organization: 0, usage: 1 }

/** Waits for it, and answers a row with its `id`, as `freeLocks` does. */
export const usageLock = (organizationId: string): Statement =>
  sql`select ${organizationId}::text as id, pg_advisory_xact_lock(hashtextextended(${organizationId}, ${keyOf.usage}))`

/** Takes the locks that nobody holds, and answers a row with the `id` of each. Asking never waits, so no two who ask can wait for each other. */
export const freeLocks = (organizationIds: readonly string[], locked: Locked): Statement =>
  sql`select id from unnest(string_to_array(${organizationIds.join(',')}, ',')) as id
    where pg_try_advisory_xact_lock(hashtextextended(id, ${keyOf[locked]}))`
