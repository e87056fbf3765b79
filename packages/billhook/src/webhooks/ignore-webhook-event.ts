import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { resolveAlertAbout } from '../domain/alerts/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { conflict } from '../primitives/index.ts'
import { eventNotFound, toWebhookEvent, type WebhookEvent } from './admin.ts'
import { findEvent, lockEvent, markIgnored } from './admin-store.ts'

export interface IgnoreEventInput {
  webhookEventId: string
  /** For whoever asks later. */
  reason: string
  actor: string
}

/**
 * Gives up on an event that failed or is dead, by hand: the rest of its line goes on without it. It can be replayed later. One that is ignored
 * already stays as it is. Errors: `webhook_event_not_found` (404), `webhook_event_not_failed` (409).
 */
export async function ignoreWebhookEvent(
  ctx: Context,
  { webhookEventId, reason, actor }: IgnoreEventInput,
): Promise<WebhookEvent> {
  const event = await asPlatform(ctx.db, async (scope) => {
    const before = await lockEvent(scope, webhookEventId)
    if (!before) throw eventNotFound(webhookEventId)
    const { status, organizationId } = before
    if (status === 'ignored') return before
    if (status !== 'failed' && status !== 'dead')
      throw conflict(
        'webhook_event_not_failed',
        `This event is ${status}: only one that failed or is dead can be ignored.`,
      )
    await markIgnored(scope, webhookEventId, `by hand: ${reason}`, ctx.clock.now())
    const facts = { was: status, error: before.reason, reason }
    const audited = { actor, action: 'ignore_webhook_event', subject: webhookEventId, facts, organizationId }
    await appendAuditEntry(scope, ctx, audited)
    await resolveAlertAbout(scope, ctx, { kind: 'webhook_dead', subject: webhookEventId, actor })
    return (await findEvent(scope, webhookEventId)) ?? before
  })
  // What waited behind it is due.
  ctx.wake('process-webhooks')
  return toWebhookEvent(event)
}
