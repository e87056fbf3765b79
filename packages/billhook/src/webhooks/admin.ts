import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../domain/paging.ts'
import { invalid, looksLikeOurId, notFound } from '../primitives/index.ts'
import { findEvent, type ListedEvent, selectEvents, type WebhookEventFilter } from './admin-store.ts'
import { maskedByDefault, maskPayload } from './mask-payload.ts'

/** An inbox row as operators see it. */
export type WebhookEvent = Omit<ListedEvent, 'position'>
/** `payload` is null once it was pruned. */
export type WebhookEventWithPayload = WebhookEvent & { payload: string | null; isMasked: boolean }

export interface ListWebhookEventsInput extends Omit<WebhookEventFilter, 'named'>, PageInput {
  /** The provider's own id of it, `evt_…`. */
  dedupeKey?: string | undefined
}

/** Newest first. */
export async function listWebhookEvents(
  ctx: Context,
  { dedupeKey, ...input }: ListWebhookEventsInput,
): Promise<Paged<WebhookEvent>> {
  const providers = input.provider === undefined ? ctx.providers.names : [input.provider]
  const filter = dedupeKey === undefined ? input : { ...input, named: { dedupeKey, providers } }
  const before = decodeCursor(input)
  if (before !== null && !looksLikeOurId(before, 'webhookEvent'))
    throw invalid('invalid_cursor', 'This cursor is not one that we gave.')
  const rows = await asPlatform(ctx.db, (scope) => selectEvents(scope, filter, before, pageLimit(input) + 1))
  return pageOf(rows, input, toWebhookEvent, (row) => row.id)
}

/** With its payload, personal data and secrets masked (`maskedPayloadFields`). Error: `webhook_event_not_found` (404). */
export async function getWebhookEvent(
  ctx: Context,
  { webhookEventId }: { webhookEventId: string },
): Promise<WebhookEventWithPayload> {
  const row = await asPlatform(ctx.db, (scope) => findEvent(scope, webhookEventId))
  if (!row) throw eventNotFound(webhookEventId)
  const fields = [...maskedByDefault, ...ctx.settings.maskedPayloadFields]
  const payload = row.payload === null ? null : maskPayload(row.payload, fields)
  return { ...toWebhookEvent(row), payload, isMasked: payload !== null }
}

/** With its payload as it came. Who asked for it, and why, is in the audit log. Error: `webhook_event_not_found` (404). */
export async function revealWebhookPayload(
  ctx: Context,
  { webhookEventId, reason, actor }: { webhookEventId: string; reason: string; actor: string },
): Promise<WebhookEventWithPayload> {
  const row = await asPlatform(ctx.db, async (scope) => {
    const found = await findEvent(scope, webhookEventId)
    if (!found) throw eventNotFound(webhookEventId)
    const { organizationId } = found
    const audited = { actor, action: 'reveal_webhook_payload', subject: webhookEventId, facts: { reason } }
    await appendAuditEntry(scope, ctx, { ...audited, organizationId })
    return found
  })
  return { ...toWebhookEvent(row), payload: row.payload, isMasked: false }
}

/** Whatever else a row holds stays behind. */
export const toWebhookEvent = ({
  position: _position,
  payload: _payload,
  ...row
}: ListedEvent & { payload?: string | null }): WebhookEvent => row

export const eventNotFound = (id: string) => notFound('webhook_event_not_found', `There is no webhook event ${id}.`)
