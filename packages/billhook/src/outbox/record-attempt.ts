import type { Context } from '../context.ts'
import { asPlatform, asPlatformThenOrganization, type PlatformScope } from '../db/index.ts'
import { type Alert, openAlert } from '../domain/alerts/index.ts'
import { appendFacts } from './append.ts'
import { giveUpDeliveries, updateEndpoint } from './endpoint-store.ts'
import type { WebhookAnswer } from './post-webhook.ts'
import { retryDelayMs } from './retry-schedule.ts'
import { type ClaimedDelivery, finishAttempt, markDelivered, markFailed, noteFailure } from './sending-store.ts'
import { disabledAlert, type WebhookEndpoint } from './webhook-endpoint.ts'

const dayMs = 86_400_000

export interface Attempt {
  answer: WebhookAnswer
  startedAt: Date
  finishedAt: Date
}

export const isDelivered = ({ statusCode }: WebhookAnswer): boolean =>
  statusCode !== null && statusCode >= 200 && statusCode < 300

/** In one word, for a list of deliveries. */
export const failureOf = ({ statusCode, error }: WebhookAnswer): string => error ?? `HTTP ${statusCode}`

/** Writes down what became of an attempt, and what follows: another one, none, or the end of the endpoint, which is told. */
export async function recordAttempt(ctx: Context, delivery: ClaimedDelivery, attempt: Attempt): Promise<void> {
  const { endpointOwner } = delivery
  if (isDelivered(attempt.answer)) return recordDelivered(ctx, delivery, attempt)
  if (endpointOwner === null)
    return asPlatform(ctx.db, async (scope) => void (await recordFailure(scope, ctx, delivery, attempt)))
  let alert: Alert | null = null
  await asPlatformThenOrganization(
    ctx.db,
    endpointOwner,
    async (scope) => {
      alert = await recordFailure(scope, ctx, delivery, attempt)
    },
    async (scope) => {
      if (alert)
        await appendFacts(ctx, scope, { facts: [alertRaised(alert)], source: 'timer', occurredAt: ctx.clock.now() })
    },
  )
}

const recordDelivered = (ctx: Context, delivery: ClaimedDelivery, attempt: Attempt): Promise<void> =>
  asPlatform(ctx.db, async (scope) => {
    await finishAttempt(scope, delivery, attempt)
    await markDelivered(scope, delivery, attempt.finishedAt)
  })

/** Answers the alert, where the endpoint was disabled for this. */
async function recordFailure(
  scope: PlatformScope,
  ctx: Context,
  delivery: ClaimedDelivery,
  attempt: Attempt,
): Promise<Alert | null> {
  const { answer, finishedAt } = attempt
  await finishAttempt(scope, delivery, attempt)
  const { status, failingSince } = await noteFailure(scope, delivery.endpointId, finishedAt)
  const end = status === 'active' ? reasonToDisable(ctx, answer, { failingSince, now: finishedAt }) : null
  const delayMs = status === 'active' && !end ? retryDelayMs({ ...delivery, retryAfterMs: answer.retryAfterMs }) : null
  const dueAt = delayMs === null ? null : new Date(finishedAt.getTime() + delayMs)
  await markFailed(scope, delivery, { dueAt, lastError: failureOf(answer) })
  return end && disable(scope, ctx, { delivery, reason: end, failingSince, now: finishedAt })
}

type Reason = NonNullable<WebhookEndpoint['disabledReason']>

/** 410 says that nobody will ever be there again. */
function reasonToDisable(
  ctx: Context,
  { statusCode }: WebhookAnswer,
  { failingSince, now }: { failingSince: Date; now: Date },
): Reason | null {
  if (statusCode === 410) return 'gone'
  const failingMs = now.getTime() - failingSince.getTime()
  return failingMs >= ctx.settings.webhookDisableAfterDays * dayMs ? 'failing' : null
}

interface Ending {
  delivery: ClaimedDelivery
  reason: Reason
  failingSince: Date
  now: Date
}

async function disable(
  scope: PlatformScope,
  ctx: Context,
  { delivery, reason, failingSince, now }: Ending,
): Promise<Alert | null> {
  const { endpointId, endpointOwner, url } = delivery
  await updateEndpoint(scope, endpointId, {
    status: 'disabled',
    disabledReason: reason,
    disabledAt: now,
    updatedAt: now,
  })
  await giveUpDeliveries(scope, endpointId, 'the endpoint was disabled')
  ctx.logger.warn({ webhook_endpoint_id: endpointId, reason }, 'a webhook endpoint was disabled')
  // The host alone: a path may hold what only its owner should know.
  const { host } = new URL(url)
  const why =
    reason === 'gone' ? 'it answered 410 Gone' : `nothing has arrived there since ${failingSince.toISOString()}`
  return openAlert(scope, ctx, {
    kind: disabledAlert,
    subject: endpointId,
    severity: 'warning',
    detail: `The webhook endpoint at ${host} was disabled: ${why}. Enable it once it works, and recover what it missed.`,
    facts: { reason, host, failing_since: failingSince.toISOString() },
    organizationId: endpointOwner,
  })
}

const alertRaised = ({ id, kind, subject, severity, detail, organizationId }: Alert) => ({
  type: 'alert.raised' as const,
  objectId: id,
  data: { id, organizationId: organizationId ?? '', kind, subject, severity, detail },
})
