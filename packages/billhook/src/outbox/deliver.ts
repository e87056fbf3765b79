import { and, asc, eq, inArray, isNull, lte, sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { billingEvents, deliveries } from '../db/schema/index.ts'
import { errorMessage } from '../primitives/index.ts'
import { toBillingEvent } from './list-billing-events.ts'

const leaseMs = 60_000
const attemptsAtMost = 12
const batchSize = 50

/** 1 s, 2 s, 4 s ... an hour at most. */
const backoffMs = (attempt: number): number => Math.min(1000 * 2 ** attempt, 3_600_000)

/**
 * Hands due BillingEvents to the receivers of this process, in order of writing. A receiver that throws is asked again later, so each
 * one hears every event at least once: `event.id` tells a repeat. Answers how many were tried.
 */
export async function deliverDueEvents(ctx: Context): Promise<number> {
  if (ctx.receivers.size === 0) return 0
  const claimed = await claimDue(ctx)
  for (const { delivery, event } of claimed) await deliverOne(ctx, delivery, event)
  return claimed.length
}

type Delivery = typeof deliveries.$inferSelect
type EventRow = typeof billingEvents.$inferSelect

async function claimDue(ctx: Context): Promise<Array<{ delivery: Delivery; event: EventRow }>> {
  const now = ctx.clock.now()
  return asPlatform(ctx.db, async ({ tx }) => {
    // Without a join: FOR UPDATE would lock the events as well, and they are never changed.
    const due = await tx
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(
        and(
          eq(deliveries.status, 'pending'),
          isNull(deliveries.endpointId),
          lte(deliveries.dueAt, now),
          inArray(deliveries.receiver, [...ctx.receivers.keys()]),
        ),
      )
      .orderBy(sql`(select position from billhook.billing_events where id = billing_event_id)`)
      .limit(batchSize)
      .for('update', { skipLocked: true })
    if (due.length === 0) return []
    const isClaimed = inArray(
      deliveries.id,
      due.map(({ id }) => id),
    )
    // The lease: a process that dies here is simply late.
    await tx
      .update(deliveries)
      .set({ attempts: sql`${deliveries.attempts} + 1`, dueAt: new Date(now.getTime() + leaseMs) })
      .where(isClaimed)
    return tx
      .select({ delivery: deliveries, event: billingEvents })
      .from(deliveries)
      .innerJoin(billingEvents, eq(billingEvents.id, deliveries.billingEventId))
      .where(isClaimed)
      .orderBy(asc(billingEvents.position))
  })
}

async function deliverOne(ctx: Context, delivery: Delivery, event: EventRow): Promise<void> {
  const attempt = delivery.attempts
  const now = ctx.clock.now()
  try {
    await ctx.receivers.get(delivery.receiver)?.(toBillingEvent(event))
    await record(ctx, delivery.id, { status: 'delivered', deliveredAt: now, lastError: null })
  } catch (error) {
    const isDead = attempt >= attemptsAtMost
    ctx.logger.warn(
      { billing_event_id: event.id, receiver: delivery.receiver, attempt, is_dead: isDead, error: errorMessage(error) },
      'a receiver refused a billing event',
    )
    await record(ctx, delivery.id, {
      status: isDead ? 'dead' : 'pending',
      dueAt: new Date(now.getTime() + backoffMs(attempt)),
      lastError: errorMessage(error),
    })
  }
}

const record = (ctx: Context, id: string, values: Partial<Delivery>): Promise<void> =>
  asPlatform(ctx.db, async ({ tx }) => {
    await tx.update(deliveries).set(values).where(eq(deliveries.id, id))
  })
