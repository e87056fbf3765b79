import { and, asc, desc, eq, getTableColumns, gte, inArray, isNotNull, lt, type SQL, sql } from 'drizzle-orm'
import { type PlatformScope, rowsOf } from '../db/index.ts'
import { type WebhookEventStatus, webhookEvents } from '../db/schema/index.ts'
import { firstIdAt } from '../primitives/index.ts'
import type { WebhookEventRow } from './inbox.ts'

export interface WebhookEventFilter {
  status?: WebhookEventStatus | undefined
  provider?: string | undefined
  type?: string | undefined
  organizationId?: string | undefined
  /** The provider's own id of it; of whichever of these has it, since the index begins with the provider. */
  named?: { dedupeKey: string; providers: string[] } | undefined
  /** Inclusive. */
  receivedAfter?: Date | undefined
  /** Exclusive. */
  receivedBefore?: Date | undefined
}

/** More than the clocks of two processes differ: ids only narrow down where a time can be, `received_at` decides. */
const slackMs = 3_600_000
const idNear = (at: Date, offsetMs: number): string =>
  firstIdAt('webhookEvent', new Date(Math.max(0, at.getTime() + offsetMs)))

function matching(filter: WebhookEventFilter): SQL | undefined {
  const { status, provider, type, organizationId, named, receivedAfter, receivedBefore } = filter
  return and(
    status && eq(webhookEvents.status, status),
    // A kept plan does not know the status, and would not see that the index of what is not processed holds it.
    status && status !== 'processed' ? sql`${webhookEvents.status} <> 'processed'` : undefined,
    provider ? eq(webhookEvents.provider, provider) : undefined,
    type ? eq(webhookEvents.type, type) : undefined,
    organizationId ? eq(webhookEvents.organizationId, organizationId) : undefined,
    named && and(eq(webhookEvents.dedupeKey, named.dedupeKey), inArray(webhookEvents.provider, named.providers)),
    receivedAfter && gte(webhookEvents.receivedAt, receivedAfter),
    receivedAfter && gte(webhookEvents.id, idNear(receivedAfter, -slackMs)),
    receivedBefore && lt(webhookEvents.receivedAt, receivedBefore),
    receivedBefore && lt(webhookEvents.id, idNear(receivedBefore, slackMs)),
  )
}

export type ListedEvent = Omit<WebhookEventRow, 'payload'>
const { payload: _payload, ...listed } = getTableColumns(webhookEvents)

/** Newest first, below the given id: ids rise with time. */
export const selectEvents = (
  { tx }: PlatformScope,
  filter: WebhookEventFilter,
  before: string | null,
  limit: number,
): Promise<ListedEvent[]> =>
  tx
    .select(listed)
    .from(webhookEvents)
    .where(and(matching(filter), before === null ? undefined : lt(webhookEvents.id, before)))
    .orderBy(desc(webhookEvents.id))
    .limit(limit)

export async function findEvent({ tx }: PlatformScope, id: string): Promise<WebhookEventRow | null> {
  const [row] = await tx.select().from(webhookEvents).where(eq(webhookEvents.id, id))
  return row ?? null
}

/** The same, held until the transaction ends. */
export async function lockEvent({ tx }: PlatformScope, id: string): Promise<WebhookEventRow | null> {
  const [row] = await tx.select().from(webhookEvents).where(eq(webhookEvents.id, id)).for('update')
  return row ?? null
}

/** Those that can be worked on once more, oldest first, held until the transaction ends; what another transaction holds is left out. */
export const lockReplayable = (
  { tx }: PlatformScope,
  filter: WebhookEventFilter,
  limit: number,
): Promise<ListedEvent[]> =>
  tx
    .select(listed)
    .from(webhookEvents)
    .where(and(matching(filter), isNotNull(webhookEvents.payload)))
    .orderBy(asc(webhookEvents.id))
    .limit(limit)
    .for('update', { skipLocked: true })

/** Puts events back in line, as if they had just come. */
export async function reopenEvents({ tx }: PlatformScope, ids: readonly string[], now: Date): Promise<void> {
  await tx
    .update(webhookEvents)
    .set({ status: 'received', reason: null, attempts: 0, dueAt: now, processedAt: null })
    .where(inArray(webhookEvents.id, [...ids]))
}

export async function markIgnored({ tx }: PlatformScope, id: string, reason: string, now: Date): Promise<void> {
  await tx.update(webhookEvents).set({ status: 'ignored', reason, processedAt: now }).where(eq(webhookEvents.id, id))
}

/** Empties the payload of events that were done with before then, the oldest first. Answers how many there were. */
export async function deletePayloads(
  { tx }: PlatformScope,
  { doneBefore, now, limit }: { doneBefore: Date; now: Date; limit: number },
): Promise<number> {
  // Spelled as the index says it. What somebody replays at this moment is theirs, and is not emptied.
  const pruned = await rowsOf<{ id: string }>(
    tx.execute(sql`update billhook.webhook_events e set payload = null, payload_pruned_at = ${now.toISOString()}
      where e.id in (select id from billhook.webhook_events
        where payload is not null and status in ('processed', 'ignored') and processed_at < ${doneBefore.toISOString()}
        order by processed_at limit ${limit} for update skip locked)
      returning e.id`),
  )
  return pruned.length
}
