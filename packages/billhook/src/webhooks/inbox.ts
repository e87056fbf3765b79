import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm'
import {
  insertRecords,
  type OrganizationScope,
  type PlatformScope,
  prepared,
  records,
  rowsOf,
  type Statement,
  updateRecords,
} from '../db/index.ts'
import { type externalRefs, organizations, webhookEvents } from '../db/schema/index.ts'
import type { ExternalRefs } from '../providers/provider.ts'
import type { NewWebhookEvent } from './arrival.ts'

export type WebhookEventRow = typeof webhookEvents.$inferSelect

/** What is in the inbox already is left alone: the rows that are answered are new (`toAddedKeys`). At least one row. */
export const insertingEvents = (rows: readonly NewWebhookEvent[]): Statement =>
  prepared`${insertRecords(webhookEvents, inOrder(rows), { target: ['provider', 'dedupeKey'], set: [] })} returning id`

/** The ids of those that are new here. */
export const addedIds = (answer: ReadonlyArray<{ id: string }>): Set<string> => new Set(answer.map(({ id }) => id))

/** Two processes at the same events must meet them in one order, or each would wait for the other. */
const inOrder = (rows: readonly NewWebhookEvent[]): NewWebhookEvent[] =>
  [...rows].sort((a, b) => (a.dedupeKey < b.dedupeKey ? -1 : 1))

/** An event of the inbox that somebody means to work on. */
export interface Standing {
  /** Nobody has done it meanwhile. */
  isOpen: boolean
  /** Something earlier of its line is still to be done. */
  isLineBusy: boolean
}

/**
 * What is asked about stored events; `toStandings` reads the answer. `limit 1` keeps it at looking rows up: without it, Postgres may read the
 * whole inbox once instead.
 */
export const standingsQuestion = (ids: readonly string[]): Statement =>
  prepared`
    select e.status in ('received', 'failed') as open,
      (select true from billhook.webhook_events x where x.provider = e.provider and x.line_key = e.line_key
        and x.status in ('received', 'failed') and x.position < e.position limit 1) as busy
    from (select * from ${records(
      { n: 'int', id: 'text' },
      [...ids.entries()].map(([n, id]) => ({ n, id })),
    )}) a
      left join lateral (select * from billhook.webhook_events x where x.id = a.id limit 1) e on true
    order by a.n`

/** For each event, in order. */
export const toStandings = (rows: unknown[]): Standing[] =>
  (rows as Array<{ open: boolean | null; busy: true | null }>).map(({ open, busy }) => ({
    isOpen: open === true,
    isLineBusy: busy === true,
  }))

const isOpen = inArray(webhookEvents.status, ['received', 'failed'])

/**
 * Takes due events with a lease: a process that dies with them is simply late. Only the first open event of a line can be taken, so a
 * line stays in order and a poison event holds up its own line alone.
 */
export async function claimDueEvents(
  { tx }: PlatformScope,
  input: { now: Date; leaseUntil: Date; limit: number },
): Promise<WebhookEventRow[]> {
  const heads = await tx
    .select({ id: webhookEvents.id })
    .from(webhookEvents)
    .where(
      and(
        isOpen,
        lte(webhookEvents.dueAt, input.now),
        sql`not exists (select 1 from billhook.webhook_events earlier
          where earlier.provider = ${webhookEvents.provider} and earlier.line_key = ${webhookEvents.lineKey}
            and earlier.status in ('received', 'failed') and earlier.position < ${webhookEvents.position})`,
      ),
    )
    .orderBy(asc(webhookEvents.dueAt), asc(webhookEvents.position))
    .limit(input.limit)
    .for('update', { skipLocked: true })
  if (heads.length === 0) return []
  return tx
    .update(webhookEvents)
    .set({ dueAt: input.leaseUntil, attempts: sql`${webhookEvents.attempts} + 1` })
    .where(
      inArray(
        webhookEvents.id,
        heads.map((head) => head.id),
      ),
    )
    .returning()
}

type Conclusion = Pick<WebhookEventRow, 'status'> &
  Partial<Pick<WebhookEventRow, 'reason' | 'dueAt' | 'processedAt' | 'organizationId'>>

/** Ends events that were applied at the first attempt: a part of the statement that writes what they say. */
export const endingEvents = (events: ReadonlyArray<{ id: string; organizationId: string }>, now: Date): Statement =>
  updateRecords(
    webhookEvents,
    events.map(({ id, organizationId }) => ({
      id,
      organizationId,
      status: 'processed',
      attempts: 1,
      processedAt: now,
    })),
  )

/** Gives events that are still open to whoever comes next. */
export const releasingEvents = (ids: readonly string[], now: Date): Statement =>
  prepared`update billhook.webhook_events e set due_at = ${now.toISOString()}::timestamptz
    from (select * from ${records(
      { id: 'text' },
      ids.map((id) => ({ id })),
    )}) r
    where e.id = r.id and e.status in ('received', 'failed')`

/** Ends an event that is still open. False: another worker did, or it was replayed meanwhile. */
export async function concludeEvent(
  { tx }: OrganizationScope | PlatformScope,
  id: string,
  values: Conclusion,
): Promise<boolean> {
  const concluded = await tx
    .update(webhookEvents)
    .set(values)
    .where(and(eq(webhookEvents.id, id), isOpen))
    .returning({ id: webhookEvents.id })
  return concluded.length === 1
}

export async function assignEvent({ tx }: PlatformScope, id: string, organizationId: string): Promise<void> {
  await tx.update(webhookEvents).set({ organizationId }).where(eq(webhookEvents.id, id))
}

const refKinds = {
  externalSubscriptionId: 'subscription',
  externalInvoiceId: 'invoice',
  externalSessionId: 'checkout_session',
  externalCustomerId: 'customer',
  externalPaymentId: 'payment',
  externalRefundId: 'refund',
} as const satisfies Partial<Record<keyof ExternalRefs, (typeof externalRefs.$inferSelect)['kind']>>
type RefKey = keyof typeof refKinds

/** The external ids that decide whose an event is. */
export const knownRefs = (refs: ExternalRefs) =>
  (Object.keys(refKinds) as RefKey[]).flatMap((key) => (refs[key] ? [[refKinds[key], refs[key]] as const] : []))

type KnownRef = ReturnType<typeof knownRefs>[number]

/** Those of the external ids that somebody owns. */
export async function findOwners(
  { tx }: PlatformScope,
  wanted: ReadonlyArray<{ provider: string; ref: KnownRef }>,
): Promise<Array<{ provider: string; kind: KnownRef[0]; externalId: string; organizationId: string }>> {
  if (wanted.length === 0) return []
  const asked = wanted.map(({ provider, ref: [kind, externalId] }) => ({ provider, kind, external_id: externalId }))
  return rowsOf(
    tx.execute(sql`select a.provider, a.kind, a.external_id as "externalId", owner.organization_id as "organizationId"
      from json_to_recordset(${JSON.stringify(asked)}::json) as a (provider text, kind text, external_id text),
        lateral (select r.organization_id from billhook.external_refs r
          where r.provider = a.provider and r.kind = a.kind and r.external_id = a.external_id limit 1) owner`),
  )
}

export async function organizationExists({ tx }: PlatformScope, id: string): Promise<boolean> {
  const [row] = await tx.select({ id: organizations.id }).from(organizations).where(eq(organizations.id, id))
  return row !== undefined
}
