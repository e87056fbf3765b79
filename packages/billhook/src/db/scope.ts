import { sql } from 'drizzle-orm'
import { InvariantError, looksLikeOurId } from '../primitives/index.ts'
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
 * the embedded database has one connection and would wait for itself.
 */
export function inOrganization<T>(
  db: Database,
  organizationId: string,
  work: (scope: OrganizationScope) => Promise<T>,
): Promise<T> {
  if (!looksLikeOurId(organizationId, 'organization'))
    throw new InvariantError(`${organizationId} is no organization id of ours`)
  return db.drizzle.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('role', 'billhook_app', true), set_config('billhook.organization_id', ${organizationId}, true)`,
    )
    return work({ tx, organizationId })
  })
}

/**
 * `prepare` as the platform, then `work` as the organization, in one transaction: what is made for an organization comes with it or not at
 * all. The same two rules as `inOrganization`.
 */
export function asPlatformThenOrganization<T>(
  db: Database,
  organizationId: string,
  prepare: (scope: PlatformScope) => Promise<void>,
  work: (scope: OrganizationScope) => Promise<T>,
): Promise<T> {
  if (!looksLikeOurId(organizationId, 'organization'))
    throw new InvariantError(`${organizationId} is no organization id of ours`)
  return db.drizzle.transaction(async (tx) => {
    await tx.execute(sql`select set_config('role', 'billhook_platform', true)`)
    await prepare({ tx, platform: true })
    await tx.execute(
      sql`select set_config('role', 'billhook_app', true), set_config('billhook.organization_id', ${organizationId}, true)`,
    )
    return work({ tx, organizationId })
  })
}

/** A part of a transaction that can fail by itself: what it wrote is taken back, and the rest goes on. */
export const inSavepoint = <T>(scope: OrganizationScope, work: (scope: OrganizationScope) => Promise<T>): Promise<T> =>
  scope.tx.transaction((tx) => work({ ...scope, tx }))

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
