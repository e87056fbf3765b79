import { AsyncLocalStorage } from 'node:async_hooks'
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

const openScope = new AsyncLocalStorage<{ db: Database; isOpen: boolean }>()

/** One scope at a time: on the embedded database's one connection, an inner one would wait for the outer one, which waits for it. */
async function inTransaction<T>(db: Database, work: (tx: Drizzle) => Promise<T>): Promise<T> {
  const outer = openScope.getStore()
  if (outer?.db === db && outer.isOpen)
    throw new InvariantError('a scope was opened inside a scope: use the one at hand')
  const marker = { db, isOpen: true }
  return openScope.run(marker, async () => {
    try {
      return await db.drizzle.transaction(work)
    } finally {
      // What the work left running in the background is outside again.
      marker.isOpen = false
    }
  })
}

/**
 * Runs `work` in one transaction inside an organization's scope. Never call a provider in it, and never open another scope inside
 * (an InvariantError). Error: `organization_not_found` (404) for what is no id of ours.
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
  return inTransaction(db, async (tx) => {
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
  return inTransaction(db, async (tx) => {
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
