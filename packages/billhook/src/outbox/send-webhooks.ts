import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { errorMessage } from '../primitives/index.ts'
import { postWebhook } from './post-webhook.ts'
import { recordAttempt } from './record-attempt.ts'
import { type ClaimedDelivery, claimDue } from './sending-store.ts'
import { signedHeaders } from './sign.ts'
import { messageOf } from './webhook-message.ts'

/** Requests under way to one endpoint, of this process: a slow one fills its own places and nobody else's. */
const perEndpoint = 4
/** To all of them. */
const inAll = 1_000
/** Beyond the time that a request may take, for writing down what became of it. */
const leaseMarginMs = 45_000

/** What one process is sending now. */
class Sending {
  readonly #underWay = new Map<string, Set<Promise<void>>>()

  /** Requests under way, by endpoint. */
  get busy(): Record<string, number> {
    return Object.fromEntries([...this.#underWay].map(([endpointId, sends]) => [endpointId, sends.size]))
  }

  get size(): number {
    return [...this.#underWay.values()].reduce((sum, sends) => sum + sends.size, 0)
  }

  start(endpointId: string, send: () => Promise<void>): void {
    const sends = this.#underWay.get(endpointId) ?? new Set()
    this.#underWay.set(endpointId, sends)
    const sent = send().finally(() => {
      sends.delete(sent)
      if (sends.size === 0) this.#underWay.delete(endpointId)
    })
    sends.add(sent)
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all([...this.#underWay.values()].flatMap((sends) => [...sends]))
  }
}

const sendings = new WeakMap<Context, Sending>()

function sendingOf(ctx: Context): Sending {
  const known = sendings.get(ctx) ?? new Sending()
  sendings.set(ctx, known)
  return known
}

/**
 * Begins to send what is due, and does not wait for it: the next look comes when a place is free. Answers how many were begun. A process that
 * dies between sending and writing it down sends the same again, with the same `webhook-id`.
 */
export async function sendDueWebhooks(ctx: Context): Promise<number> {
  const sending = sendingOf(ctx)
  const now = ctx.clock.now()
  const limit = inAll - sending.size
  if (limit <= 0) return 0
  const leaseUntil = new Date(now.getTime() + ctx.settings.webhookTimeoutMs + leaseMarginMs)
  const claimed = await asPlatform(ctx.db, (scope) =>
    claimDue(scope, { now, leaseUntil, busy: sending.busy, perEndpoint, limit }),
  )
  for (const delivery of claimed)
    sending.start(delivery.endpointId, async () => {
      await sendOne(ctx, delivery)
      ctx.wake('send-webhooks')
    })
  return claimed.length
}

/** Until nothing is under way. */
export const settleWebhooks = (ctx: Context): Promise<void> => sendingOf(ctx).settled()

async function sendOne(ctx: Context, delivery: ClaimedDelivery): Promise<void> {
  const { event, url, secrets, organizationExternalId, endpointId, attempt } = delivery
  const body = JSON.stringify(messageOf(event, organizationExternalId))
  const startedAt = ctx.clock.now()
  try {
    // The event's id, not the delivery's: two endpoints of one receiver, a redelivery and a recovery all say the same thing once.
    const headers = signedHeaders(secrets, { id: event.id, at: startedAt, body })
    const answer = await postWebhook(ctx, { url, headers, body })
    await recordAttempt(ctx, delivery, { answer, startedAt, finishedAt: ctx.clock.now() })
  } catch (error) {
    const facts = { webhook_endpoint_id: endpointId, billing_event_id: event.id, attempt, error: errorMessage(error) }
    ctx.logger.error(facts, 'what became of a webhook could not be written down: it is sent again')
  }
}
