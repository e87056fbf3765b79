import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'drizzle-orm'
import { InvariantError, looksLikeOurId, notFound } from '../primitives/index.ts'
import type { Database, Drizzle, Ends } from './database.ts'
import { freeLocks } from './lock.ts'
import type { Statement } from './prepared.ts'

/**
 * A transaction that sees the rows of the organizations that were named, as role billhook_app, with their ids in a setting that the policies
 * read: for work on several in the same few statements, each of which names `organization_id`.
 */
export interface OrganizationsScope {
  readonly tx: Drizzle
  readonly organizationIds: readonly string[]
}

/** The usual one: a single organization's. */
export interface OrganizationScope extends OrganizationsScope {
  readonly organizationId: string
}

/** The scope of one organization in a transaction whose role and setting are its already. */
export const organizationScope = (tx: Drizzle, organizationId: string): OrganizationScope => ({
  tx,
  organizationId,
  organizationIds: [organizationId],
})

/** A transaction over the platform's tables: as role billhook_platform. It cannot read what only organizations own. */
export interface PlatformScope {
  readonly tx: Drizzle
  readonly platform: true
}

const openScope = new AsyncLocalStorage<{ db: Database; isOpen: boolean }>()

/** One scope at a time: on the embedded database's one connection, an inner one would wait for the outer one, which waits for it. */
async function inTransaction<T>(
  db: Database,
  opening: readonly Statement[],
  work: (tx: Drizzle, ends: Ends) => Promise<T>,
): Promise<T> {
  const outer = openScope.getStore()
  if (outer?.db === db && outer.isOpen)
    throw new InvariantError('a scope was opened inside a scope: use the one at hand')
  const marker = { db, isOpen: true }
  return openScope.run(marker, async () => {
    try {
      return await db.transaction(opening, work)
    } finally {
      // What the work left running in the background is outside again.
      marker.isOpen = false
    }
  })
}

const asPlatformRole = [sql.raw('set local role billhook_platform')]

/** The policies read the setting: ids separated by commas, which no id of ours contains, nor a quote. */
function settingOf(organizationIds: readonly string[]): string {
  for (const id of organizationIds)
    if (!looksLikeOurId(id, 'organization')) throw new InvariantError(`${id} is no organization id of ours`)
  return organizationIds.join(',')
}

/**
 * Every statement names its organizations, so its plan does not depend on which they are; planning the long ones again for each array that
 * they are given costs more than running them.
 */
const asOrganizations = (organizationIds: readonly string[]): Statement[] => [
  sql.raw('set local plan_cache_mode = force_generic_plan'),
  sql.raw('set local role billhook_app'),
  sql.raw(`set local billhook.organization_id = '${settingOf(organizationIds)}'`),
]

/**
 * Runs `work` in one transaction inside an organization's scope. Never call a provider in it, and never open another scope inside
 * (an InvariantError). Error: `organization_not_found` (404) for what is no id of ours.
 */
export async function inOrganization<T>(
  db: Database,
  organizationId: string,
  work: (scope: OrganizationScope) => Promise<T>,
): Promise<T> {
  return askingInOrganization(db, organizationId, [], work)
}

/** What comes back with a transaction's beginning. */
export interface Told {
  /** The rows of each statement that was asked. */
  answers: unknown[][]
  /** Statements put here are executed with the commit. */
  closing: Statement[]
}

/** The same, with statements that travel with the beginning, in one round trip, each of which sees what the one before it waited for. */
export async function askingInOrganization<T>(
  db: Database,
  organizationId: string,
  asked: readonly Statement[],
  work: (scope: OrganizationScope, told: Told) => Promise<T>,
): Promise<T> {
  requireOrganizationId(organizationId)
  return askingInOrganizations(db, [organizationId], asked, (scope, told) => work(oneOf(scope, organizationId), told))
}

/** The same for several at once. Each statement names the organizations that it is about. */
export function askingInOrganizations<T>(
  db: Database,
  organizationIds: readonly string[],
  asked: readonly Statement[],
  work: (scope: OrganizationsScope, told: Told) => Promise<T>,
): Promise<T> {
  const opening = asOrganizations(organizationIds)
  return inTransaction(db, [...opening, ...asked], (tx, { opened, closing }) =>
    work({ tx, organizationIds }, { answers: opened.slice(opening.length), closing }),
  )
}

/** Error: `organization_not_found` (404) for what is no id of ours. */
export function requireOrganizationId(organizationId: string): void {
  if (looksLikeOurId(organizationId, 'organization')) return
  throw notFound('organization_not_found', 'There is no such organization; the id of ours is meant here, not your own.')
}

/** What is asked as a transaction over several organizations begins. */
export interface Question {
  /** Of the platform's tables. */
  platform: Statement
  /** Of the organizations' tables, when the locks that are free are taken. */
  organizations: Statement
}

export interface Asked {
  platform: unknown[]
  organizations: unknown[]
  /** Those whose lock nobody held: it is this transaction's now. Asking never waits, so no two of these can wait for each other. */
  locked: ReadonlySet<string>
  /** Statements put here are executed with the commit. */
  closing: Statement[]
}

/**
 * Runs `work` in one transaction over several organizations, of which it takes the locks that are free. The answers to what is asked come
 * back with the transaction's beginning, in one round trip. The same two rules as `inOrganization`.
 */
export async function inOrganizations<T>(
  db: Database,
  { organizationIds, question }: { organizationIds: readonly string[]; question?: Question },
  work: (scope: OrganizationsScope, asked: Asked) => Promise<T>,
): Promise<T> {
  const tryLock = freeLocks(organizationIds, 'organization')
  const [platform, organizations] = question ? [[question.platform], [question.organizations]] : [[], []]
  const opening = [...asPlatformRole, ...platform, ...asOrganizations(organizationIds), tryLock, ...organizations]
  return inTransaction(db, opening, (tx, { opened, closing }) => {
    const rowsAfter = (count: number): unknown[] => opened[count] ?? []
    const lockedAt = opened.length - organizations.length - 1
    const locked = new Set(rowsAfter(lockedAt).map((row) => (row as { id: string }).id))
    const answers = { platform: rowsAfter(asPlatformRole.length), organizations: rowsAfter(lockedAt + 1) }
    return work({ tx, organizationIds }, { ...answers, locked, closing })
  })
}

/** Runs `work` in one transaction as the platform. The same two rules as `inOrganization`. */
export const asPlatform = <T>(db: Database, work: (scope: PlatformScope) => Promise<T>): Promise<T> =>
  inTransaction(db, asPlatformRole, (tx) => work({ tx, platform: true }))

/** One statement as the platform, in a transaction of its own and the round trips of a transaction. Answers its rows. */
export const writingAsPlatform = <Row>(db: Database, statement: Statement): Promise<Row[]> =>
  inTransaction(db, [...asPlatformRole, statement], async (_, { opened }) => (opened.at(-1) ?? []) as Row[])

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
  return inTransaction(db, asPlatformRole, async (tx) => {
    await prepare({ tx, platform: true })
    for (const statement of asOrganizations([organizationId])) await tx.execute(statement)
    return work(organizationScope(tx, organizationId))
  })
}

/** One of the organizations of a scope, by itself. */
export function oneOf({ tx, organizationIds }: OrganizationsScope, organizationId: string): OrganizationScope {
  if (!organizationIds.includes(organizationId))
    throw new InvariantError(`organization ${organizationId} is not in this scope`)
  return organizationScope(tx, organizationId)
}

/** A part of a transaction that can fail by itself: what it wrote is taken back, and the rest goes on. */
export async function inSavepoint<T>(
  scope: OrganizationScope,
  work: (scope: OrganizationScope) => Promise<T>,
): Promise<T> {
  await scope.tx.execute(sql`savepoint part`)
  try {
    const result = await work(scope)
    await scope.tx.execute(sql`release savepoint part`)
    return result
  } catch (error) {
    await scope.tx.execute(sql`rollback to savepoint part`)
    throw error
  }
}

/** The rows of a raw statement; the caller states their shape. */
export async function rowsOf<Row>(result: Promise<unknown>): Promise<Row[]> {
  const answer = await result
  if (typeof answer === 'object' && answer !== null && 'rows' in answer && Array.isArray(answer.rows))
    return answer.rows
  throw new InvariantError('a statement answered without rows')
}
