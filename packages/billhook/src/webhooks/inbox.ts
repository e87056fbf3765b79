import { and, asc, desc, eq, inArray, lt, lte, sql } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../db/index.ts'
import { externalRefs, organizations, type WebhookEventStatus, webhookEvents } from '../db/schema/index.ts'
import type { ExternalRefs } from '../providers/provider.ts'

export type WebhookEventRow = typeof webhookEvents.$inferSelect

/** One statement; what is in the inbox already is left alone. Answers how many are new. */
export async function insertEvents(
  { tx }: PlatformScope,
  rows: Array<typeof webhookEvents.$inferInsert>,
): Promise<number> {
  if (rows.length === 0) return 0
  const inserted = await tx
    .insert(webhookEvents)
    .values(rows)
    .onConflictDoNothing({ target: [webhookEvents.provider, webhookEvents.dedupeKey] })
    .returning({ id: webhookEvents.id })
  return inserted.length
}

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

/** Every organization that owns one of the external ids. More than one is a contradiction, not a choice. */
export async function listOwners({ tx }: PlatformScope, provider: string, refs: ExternalRefs): Promise<string[]> {
  const wanted = (Object.keys(refKinds) as RefKey[]).flatMap((key) =>
    refs[key] ? [[refKinds[key], refs[key]] as const] : [],
  )
  if (wanted.length === 0) return []
  const rows = await tx
    .selectDistinct({ organizationId: externalRefs.organizationId })
    .from(externalRefs)
    .where(
      and(
        eq(externalRefs.provider, provider),
        sql`(${externalRefs.kind}, ${externalRefs.externalId}) in (${sql.join(
          wanted.map(([kind, id]) => sql`(${kind}, ${id})`),
          sql`, `,
        )})`,
      ),
    )
  return rows.map((row) => row.organizationId)
}

export async function organizationExists({ tx }: PlatformScope, id: string): Promise<boolean> {
  const [row] = await tx.select({ id: organizations.id }).from(organizations).where(eq(organizations.id, id))
  return row !== undefined
}

export interface EventFilter {
  status?: WebhookEventStatus | undefined
  provider?: string | undefined
  type?: string | undefined
}

/** Newest first, below the given position. */
export const selectEvents = (
  { tx }: PlatformScope,
  filter: EventFilter,
  before: number | null,
  limit: number,
): Promise<WebhookEventRow[]> =>
  tx
    .select()
    .from(webhookEvents)
    .where(
      and(
        filter.status && eq(webhookEvents.status, filter.status),
        filter.provider ? eq(webhookEvents.provider, filter.provider) : undefined,
        filter.type ? eq(webhookEvents.type, filter.type) : undefined,
        before === null ? undefined : lt(webhookEvents.position, before),
      ),
    )
    .orderBy(desc(webhookEvents.position))
    .limit(limit)

export async function findEvent({ tx }: PlatformScope, id: string): Promise<WebhookEventRow | null> {
  const [row] = await tx.select().from(webhookEvents).where(eq(webhookEvents.id, id))
  return row ?? null
}

/** Puts an event back in line, as if it had just come. */
export async function reopenEvent({ tx }: PlatformScope, id: string, now: Date): Promise<void> {
  await tx
    .update(webhookEvents)
    .set({ status: 'received', reason: null, attempts: 0, dueAt: now, processedAt: null })
    .where(eq(webhookEvents.id, id))
}
