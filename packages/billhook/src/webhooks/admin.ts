import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../domain/paging.ts'
import { invalid, notFound } from '../primitives/index.ts'
import { type EventFilter, findEvent, reopenEvent, selectEvents, type WebhookEventRow } from './inbox.ts'

/** An inbox row as operators see it. */
export type WebhookEvent = Omit<WebhookEventRow, 'position' | 'payload'>
export type WebhookEventWithPayload = WebhookEvent & { payload: string }

/** Newest first. */
export async function listWebhookEvents(ctx: Context, input: EventFilter & PageInput): Promise<Paged<WebhookEvent>> {
  const cursor = decodeCursor(input)
  if (cursor !== null && !/^\d{1,15}$/.test(cursor))
    throw invalid('invalid_cursor', 'This cursor is not one that we gave.')
  const before = cursor === null ? null : Number(cursor)
  const rows = await asPlatform(ctx.db, (scope) => selectEvents(scope, input, before, pageLimit(input) + 1))
  return pageOf(rows, input, view, (row) => String(row.position))
}

/** Error: `webhook_event_not_found` (404). */
export async function getWebhookEvent(
  ctx: Context,
  input: { webhookEventId: string },
): Promise<WebhookEventWithPayload> {
  const row = await asPlatform(ctx.db, (scope) => findEvent(scope, input.webhookEventId))
  if (!row) throw eventNotFound(input.webhookEventId)
  return { ...view(row), payload: row.payload }
}

/** Puts an event back in line; harmless for one that was applied already. Who did it is in the audit log. */
export async function replayWebhookEvent(
  ctx: Context,
  input: { webhookEventId: string; actor: string },
): Promise<WebhookEvent> {
  const row = await asPlatform(ctx.db, async (scope) => {
    const before = await findEvent(scope, input.webhookEventId)
    if (!before) throw eventNotFound(input.webhookEventId)
    await reopenEvent(scope, before.id, ctx.clock.now())
    await appendAuditEntry(scope, ctx, {
      actor: input.actor,
      action: 'replay_webhook_event',
      subject: before.id,
      facts: { was: before.status, reason: before.reason },
      organizationId: before.organizationId,
    })
    return findEvent(scope, before.id)
  })
  ctx.wake('process-webhooks')
  if (!row) throw eventNotFound(input.webhookEventId)
  return view(row)
}

const view = ({ position: _position, payload: _payload, ...row }: WebhookEventRow): WebhookEvent => row

const eventNotFound = (id: string) => notFound('webhook_event_not_found', `There is no webhook event ${id}.`)
