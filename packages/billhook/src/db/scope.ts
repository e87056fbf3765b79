import { sql } from 'drizzle-orm'
import { InvariantError, looksLikeOurId, notFound } from '../primitives/index.ts'
import type { Database, Drizzle } from './database.ts'

/** A transaction that sees one organization's rows: as role billhook_app, with the organization in a setting that the policies read. */
export interface OrganizationScope {
  readonly tx: Drizzle
  readonly organizationId: string
}

/** A transaction over the platform's tables: as role billhook_platform. It cannot read what only organizations own. */
export interface PlatformScope {
  readonly tx: Drizzle
  readonly platform: true
}

/**
 * Runs `work` in one transaction inside an organization's scope. Never call a provider in it, and never open another scope inside:
 * the embedded database has one connection and would wait for itself. Error: `organization_not_found` (404) for what is no id of ours.
 */
export async function inOrganization<T>(
  db: Database,
  organizationId: string,
  work: (scope: OrganizationScope) => Promise<T>,
): Promise<T> {
  if (!looksLikeOurId(organizationId, 'organization')) {
    throw notFound(
      'organization_not_found',
      'There is no such organization; the id of ours is meant here, not your own.',
    )
  }
  return db.drizzle.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('role', 'billhook_app', true), set_config('billhook.organization_id', ${organizationId}, true)`,
    )
    return work({ tx, organizationId })
  })
}

/** Runs `work` in one transaction as the platform. The same two rules as `inOrganization`. */
export function asPlatform<T>(db: Database, work: (scope: PlatformScope) => Promise<T>): Promise<T> {
  return db.drizzle.transaction(async (tx) => {
    await tx.execute(sql`select set_config('role', 'billhook_platform', true)`)
    return work({ tx, platform: true })
  })
}

/** The rows of a raw statement; the caller states their shape. */
export async function rowsOf<Row>(result: Promise<unknown>): Promise<Row[]> {
  const answer = await result
  if (typeof answer === 'object' && answer !== null && 'rows' in answer && Array.isArray(answer.rows))
    return answer.rows
  throw new InvariantError('a statement answered without rows')
}
