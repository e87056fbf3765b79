import type { Context } from '../context.ts'
import { asPlatform, rowsOf } from '../db/index.ts'
import { openAlert } from '../domain/alerts/index.ts'
import { Gatherer, storable } from '../primitives/index.ts'
import type { BasePaymentProvider, VerifiedEvent } from '../providers/provider.ts'
import { applySoon } from './apply-soon.ts'
import { type Arrival, inboxRow } from './arrival.ts'
import { insertingEvents } from './inbox.ts'
import { type TakenIn, takeIn } from './take-in.ts'

export interface ReceiveInput {
  /** The provider's registered name. */
  provider: string
  /** The body exactly as it came: signatures are over bytes. */
  rawBody: Uint8Array
  headers: Headers
}

/** One batch is prepared while the database works on another. */
const gathering = { sizeAtMost: 64, batchesAtMost: 2 }

/** One a service: deliveries that come while others are being written are written together. */
const gatherers = new WeakMap<Context, Gatherer<Arrival, TakenIn | Error>>()

function gathererOf(ctx: Context): Gatherer<Arrival, TakenIn | Error> {
  const gatherer =
    gatherers.get(ctx) ??
    new Gatherer({
      work: (arrivals) => takeIn(ctx, arrivals),
      keyOf: ({ provider, event }) => `${provider.providerName} ${event.lineKey}`,
      ...gathering,
    })
  gatherers.set(ctx, gatherer)
  return gatherer
}

/**
 * The one door for every provider's webhooks: verifies, and makes what came durable before anyone is told that it was received. What an
 * event says is applied right after that, or by the worker; where no background work runs, before the answer.
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
  // The signature was right, so whatever the event holds must be kept: refused, it would come again for days.
  const taken = await Promise.all(events.map((event) => receiveOne(ctx, provider, storable(event))))
  return { received: true, duplicate: taken.length > 0 && taken.every(({ added }) => !added) }
}

async function receiveOne(ctx: Context, provider: BasePaymentProvider, event: VerifiedEvent): Promise<TakenIn> {
  const arrival = { provider, event }
  const taken = event.mode === provider.mode ? await gathererOf(ctx).add(arrival) : await setStrayAside(ctx, arrival)
  if (taken instanceof Error) throw taken
  const { added, status, ready } = taken
  ctx.logger.info(
    { provider: provider.providerName, dedupe_key: event.dedupeKey, type: event.type, added, status },
    'webhook received',
  )
  if (ready) {
    const applying = applySoon(ctx, ready)
    if (!ctx.isWorking()) await applying
  } else if (status === 'received') ctx.wake('process-webhooks')
  return taken
}

/** A live event at a test endpoint, or the other way round: kept out of the books, acknowledged, and shown to a person. */
function setStrayAside(ctx: Context, arrival: Arrival): Promise<TakenIn> {
  const { providerName, mode } = arrival.provider
  return asPlatform(ctx.db, async (scope) => {
    const reason = `a ${arrival.event.mode} event at a ${mode} endpoint`
    const row = { ...inboxRow(ctx, arrival), status: 'ignored' as const, reason, processedAt: ctx.clock.now() }
    const added = await rowsOf(scope.tx.execute(insertingEvents([row])))
    await openAlert(scope, ctx, {
      kind: 'wrong_mode',
      subject: providerName,
      severity: 'warning',
      detail: `${providerName} runs in ${mode} mode and got ${arrival.event.mode} events: check which endpoint and keys belong together.`,
    })
    return { added: added.length === 1, status: 'ignored', ready: null }
  })
}
