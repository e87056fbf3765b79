import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { openAlert } from '../domain/alerts/index.ts'
import { storable } from '../primitives/index.ts'
import type { BasePaymentProvider, VerifiedEvent } from '../providers/provider.ts'
import { insertEvents } from './inbox.ts'

export interface ReceiveInput {
  /** The provider's registered name. */
  provider: string
  /** The body exactly as it came: signatures are over bytes. */
  rawBody: Uint8Array
  headers: Headers
}

/**
 * The one door for every provider's webhooks: verifies, and makes what came durable before anyone is told that it was received.
 *
 * Errors: `unknown_provider` (404), `invalid_signature`, `malformed_payload` (400, nothing stored), `verification_unavailable` or a database
 * that is gone (503: the provider sends again).
 */
export async function receiveWebhook(
  ctx: Context,
  input: ReceiveInput,
): Promise<{ received: true; duplicate: boolean }> {
  const provider = ctx.providers.getProvider(input.provider)
  const events = await provider.constructWebhookEvent(input.rawBody, input.headers, { now: ctx.clock.now() })
  const strays = events.filter((event) => event.mode !== provider.mode)
  // The signature was right, so whatever the event holds must be kept: refused, it would come again for days.
  const rows = events.map((event) => inboxRow(ctx, provider, storable(event)))
  const added = await asPlatform(ctx.db, async (scope) => {
    const count = await insertEvents(scope, rows)
    if (strays.length > 0) {
      await openAlert(scope, ctx, {
        kind: 'wrong_mode',
        subject: provider.providerName,
        severity: 'warning',
        detail: `${provider.providerName} runs in ${provider.mode} mode and got ${strays[0]?.mode} events: check which endpoint and keys belong together.`,
      })
    }
    return count
  })
  for (const { dedupeKey, type } of events) {
    ctx.logger.info({ provider: provider.providerName, dedupe_key: dedupeKey, type, added }, 'webhook received')
  }
  if (added > 0) ctx.wake()
  return { received: true, duplicate: events.length > 0 && added === 0 }
}

function inboxRow(ctx: Context, provider: BasePaymentProvider, event: VerifiedEvent) {
  const now = ctx.clock.now()
  const isStray = event.mode !== provider.mode
  return {
    id: ctx.ids.next('webhookEvent'),
    provider: provider.providerName,
    providerKind: provider.providerKind,
    dedupeKey: event.dedupeKey,
    lineKey: event.lineKey,
    type: event.type,
    occurredAt: event.occurredAt,
    payloadVersion: event.payloadVersion,
    mode: event.mode,
    payload: event.raw,
    status: isStray ? ('ignored' as const) : ('received' as const),
    reason: isStray ? `a ${event.mode} event at a ${provider.mode} endpoint` : null,
    dueAt: now,
    receivedAt: now,
    processedAt: isStray ? now : null,
  }
}
