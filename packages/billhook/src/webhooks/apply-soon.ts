import type { Context } from '../context.ts'
import { writingAsPlatform } from '../db/index.ts'
import { errorMessage, Gatherer } from '../primitives/index.ts'
import { applyTogether, type Fate } from './apply-together.ts'
import { releasingEvents } from './inbox.ts'
import type { Ready } from './ready.ts'

/** The larger a batch, the less an event costs. */
const gathering = { sizeAtMost: 64, batchesAtMost: 1 }

/** More than these are left to the worker of whichever process has time. */
const underWayAtMost = 2_000

/** What is left is written down together as well: with a transaction for each, it would cost the door more than applying it. */
const leaving = { sizeAtMost: 1_000, batchesAtMost: 1 }

interface Applier {
  gatherer: Gatherer<Ready, Fate>
  leaver: Gatherer<Ready, Fate>
  underWay: Set<Promise<unknown>>
}

/** One a service: what comes while others are being applied is applied together. */
const appliers = new WeakMap<Context, Applier>()

function applierOf(ctx: Context): Applier {
  const applier = appliers.get(ctx) ?? {
    gatherer: new Gatherer<Ready, Fate>({
      work: (ready) => applyOrLeave(ctx, ready),
      keyOf: ({ organizationId }) => organizationId,
      ...gathering,
    }),
    leaver: new Gatherer<Ready, Fate>({ work: (ready) => leave(ctx, ready), keyOf: ({ id }) => id, ...leaving }),
    underWay: new Set(),
  }
  appliers.set(ctx, applier)
  return applier
}

/** Applies an event that was just stored, soon: its answer need not wait for that. It never fails, but may leave the event to the worker. */
export function applySoon(ctx: Context, ready: Ready): Promise<void> {
  const { gatherer, leaver, underWay } = applierOf(ctx)
  const applying = underWay.size < underWayAtMost ? gatherer : leaver
  const told = applying.add(ready).then((fate) => tell(ctx, ready, fate))
  underWay.add(told)
  return told.finally(() => underWay.delete(told))
}

/** Waits for what is being applied. */
export async function applied(ctx: Context): Promise<void> {
  await Promise.all(applierOf(ctx).underWay)
}

async function applyOrLeave(ctx: Context, ready: readonly Ready[]): Promise<Fate[]> {
  try {
    return await applyTogether(ctx, ready)
  } catch (error) {
    ctx.logger.info({ events: ready.length, error: errorMessage(error) }, 'webhooks are left to be applied one by one')
    return leave(ctx, ready)
  }
}

/** Until their lease is over when the database is gone. */
async function leave(ctx: Context, ready: readonly Ready[]): Promise<Fate[]> {
  const ids = ready.map(({ id }) => id)
  await writingAsPlatform(ctx.db, releasingEvents(ids, ctx.clock.now())).catch((error: unknown) =>
    ctx.logger.warn({ events: ids.length, error: errorMessage(error) }, 'webhooks are applied later'),
  )
  return ready.map(() => 'left')
}

function tell(ctx: Context, { id, type, snapshot }: Ready, fate: Fate): void {
  if (fate === 'left') ctx.wake('process-webhooks')
  if (fate !== 'processed') return
  ctx.logger.info(
    { webhook_event_id: id, provider: snapshot.input.origin.provider, type, status: fate },
    'webhook processed',
  )
  if (ctx.receivers.size > 0) ctx.wake('deliver-events')
}
