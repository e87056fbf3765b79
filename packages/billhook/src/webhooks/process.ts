import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { openAlert } from '../domain/alerts/index.ts'
import { BillhookError, errorMessage, storableText } from '../primitives/index.ts'
import { applyWebhookEvent } from './apply.ts'
import { claimDueEvents, concludeEvent, type WebhookEventRow } from './inbox.ts'

export { applied } from './apply-soon.ts'

const leaseMs = 60_000
const batchSize = 8

/** 1 s, 4 s, 16 s ... an hour at most: a provider that is down for a night is waited for. */
const backoffMs = (attempt: number): number => Math.min(1000 * 4 ** (attempt - 1), 3_600_000)

/** Works on what is due, different lines side by side. Answers how many events were tried. */
export async function processDueEvents(ctx: Context): Promise<number> {
  const now = ctx.clock.now()
  const claimed = await asPlatform(ctx.db, (scope) =>
    claimDueEvents(scope, { now, leaseUntil: new Date(now.getTime() + leaseMs), limit: batchSize }),
  )
  await Promise.all(claimed.map((event) => processOne(ctx, event)))
  return claimed.length
}

async function processOne(ctx: Context, event: WebhookEventRow): Promise<void> {
  try {
    const status = await applyWebhookEvent(ctx, event)
    ctx.logger.info(
      { webhook_event_id: event.id, provider: event.provider, type: event.type, status },
      'webhook processed',
    )
  } catch (error) {
    await fail(ctx, event, error)
  }
}

async function fail(ctx: Context, event: WebhookEventRow, error: unknown): Promise<void> {
  const isDead = event.attempts >= ctx.settings.webhookAttempts
  const reason = storableText(error instanceof BillhookError ? `${error.code}: ${error.message}` : errorMessage(error))
  ctx.logger.warn(
    {
      webhook_event_id: event.id,
      provider: event.provider,
      type: event.type,
      attempt: event.attempts,
      is_dead: isDead,
      error: reason,
    },
    'webhook not processed',
  )
  await asPlatform(ctx.db, async (scope) => {
    await concludeEvent(scope, event.id, {
      status: isDead ? 'dead' : 'failed',
      reason,
      dueAt: new Date(ctx.clock.now().getTime() + backoffMs(event.attempts)),
    })
    // A conflict is nothing that time mends: somebody must map a price or look whose object it is.
    const needsSomebody = error instanceof BillhookError && error.status === 409
    if (!isDead && !needsSomebody) return
    await openAlert(scope, ctx, {
      kind: needsSomebody ? error.code : 'webhook_dead',
      subject: needsSomebody ? `${event.provider}:${event.lineKey}` : event.id,
      severity: isDead ? 'critical' : 'warning',
      detail: `${event.type} of ${event.provider} cannot be applied: ${reason}`,
      facts: { webhook_event_id: event.id },
      organizationId: event.organizationId,
    })
  })
}
