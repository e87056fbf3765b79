import type { Context } from '../context.ts'
import { asPlatform, type PlatformScope } from '../db/index.ts'
import { resolveAlertAbout } from '../domain/alerts/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { conflict } from '../primitives/index.ts'
import { eventNotFound, toWebhookEvent, type WebhookEvent } from './admin.ts'
import {
  findEvent,
  type ListedEvent,
  lockEvent,
  lockReplayable,
  reopenEvents,
  type WebhookEventFilter,
} from './admin-store.ts'

/**
 * Puts an event back in line; harmless for one that was applied already. Who did it is in the audit log. Errors: `webhook_event_not_found`
 * (404), `payload_pruned` (409) for one whose payload is gone.
 */
export async function replayWebhookEvent(
  ctx: Context,
  { webhookEventId, actor }: { webhookEventId: string; actor: string },
): Promise<WebhookEvent> {
  const event = await asPlatform(ctx.db, async (scope) => {
    const before = await lockEvent(scope, webhookEventId)
    if (!before) throw eventNotFound(webhookEventId)
    if (before.payload === null)
      throw conflict('payload_pruned', 'What this event said was kept for a while only: it cannot be replayed.')
    await replay(ctx, scope, [before], { actor })
    return (await findEvent(scope, webhookEventId)) ?? before
  })
  ctx.wake('process-webhooks')
  return toWebhookEvent(event)
}

/** Statuses that a replay by filter may name: what was applied is only replayed by its id. */
export const replayableStatuses = ['dead', 'failed', 'ignored'] as const

export interface ReplayEventsInput extends Omit<WebhookEventFilter, 'named'> {
  /** `dead` when left out. */
  status?: (typeof replayableStatuses)[number] | undefined
  /** 1 to 500; 100 when left out. */
  limit?: number | undefined
  actor: string
}

/** Puts those that fit back in line, the oldest first and no more than `limit`; the audit log has each. Says whether there are more. */
export async function replayWebhookEvents(
  ctx: Context,
  { status = 'dead', limit = 100, actor, ...filter }: ReplayEventsInput,
): Promise<{ replayed: number; hasMore: boolean }> {
  const atMost = Math.min(Math.max(limit, 1), 500)
  const found = await asPlatform(ctx.db, async (scope) => {
    const events = await lockReplayable(scope, { ...filter, status }, atMost + 1)
    await replay(ctx, scope, events.slice(0, atMost), { actor, facts: { by: 'filter' } })
    return events.length
  })
  if (found > 0) ctx.wake('process-webhooks')
  return { replayed: Math.min(found, atMost), hasMore: found > atMost }
}

async function replay(
  ctx: Context,
  scope: PlatformScope,
  events: readonly ListedEvent[],
  { actor, facts }: { actor: string; facts?: Record<string, unknown> },
): Promise<void> {
  if (events.length === 0) return
  const ids = events.map(({ id }) => id)
  await reopenEvents(scope, ids, ctx.clock.now())
  for (const { id, status, reason, organizationId } of events) {
    const was = { was: status, reason, ...facts }
    await appendAuditEntry(scope, ctx, {
      actor,
      action: 'replay_webhook_event',
      subject: id,
      facts: was,
      organizationId,
    })
    // Whoever replays it has seen it; if it dies again, it is shown again.
    if (status === 'dead') await resolveAlertAbout(scope, ctx, { kind: 'webhook_dead', subject: id, actor })
  }
}
