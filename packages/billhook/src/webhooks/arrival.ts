import type { Context } from '../context.ts'
import type { webhookEvents } from '../db/schema/index.ts'
import type { BasePaymentProvider, VerifiedEvent } from '../providers/provider.ts'

/** A verified event that is on its way into the inbox. */
export interface Arrival {
  provider: BasePaymentProvider
  event: VerifiedEvent
}

export type NewWebhookEvent = typeof webhookEvents.$inferInsert

/** As it is stored when nothing is done with it yet: due now. */
export function inboxRow(ctx: Context, { provider, event }: Arrival): NewWebhookEvent {
  const now = ctx.clock.now()
  return {
    id: ctx.ids.next('webhookEvent'),
    organizationId: null,
    provider: provider.providerName,
    providerKind: provider.providerKind,
    dedupeKey: event.dedupeKey,
    lineKey: event.lineKey,
    type: event.type,
    occurredAt: event.occurredAt,
    payloadVersion: event.payloadVersion,
    mode: event.mode,
    payload: event.raw,
    status: 'received',
    reason: null,
    attempts: 0,
    dueAt: now,
    receivedAt: now,
    processedAt: null,
  }
}
