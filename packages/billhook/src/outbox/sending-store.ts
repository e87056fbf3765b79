import { and, eq, isNotNull, ne, sql } from 'drizzle-orm'
import { type PlatformScope, rowFromRecord, rowsOf } from '../db/index.ts'
import { billingEvents, deliveries, deliveryAttempts, webhookEndpoints } from '../db/schema/index.ts'
import type { BillingEvent } from './billing-event.ts'
import { deliveryId, isOwn, isWanted } from './fan-out.ts'
import { toBillingEvent } from './list-billing-events.ts'
import type { WebhookAnswer } from './post-webhook.ts'

/** A delivery that is this process's for the time of a lease, with all that is needed to send it. */
export interface ClaimedDelivery {
  deliveryId: string
  attemptNo: number
  /** Of the present series. */
  attempt: number
  endpointId: string
  /** The endpoint's owner; null: the platform. */
  endpointOwner: string | null
  url: string
  secrets: string[]
  organizationExternalId: string
  event: BillingEvent
}

interface ClaimInput {
  now: Date
  leaseUntil: Date
  /** Requests under way, by endpoint. */
  busy: Readonly<Record<string, number>>
  perEndpoint: number
  limit: number
}

type ClaimedRow = Omit<ClaimedDelivery, 'event'> & { event: Record<string, unknown> }

/**
 * What is due, of each endpoint as much as it has room for: a backlog at one leaves the others' places alone. The attempt is logged with the
 * claim, so that one that never ends is seen; the row comes back when its lease ends.
 */
export async function claimDue(scope: PlatformScope, input: ClaimInput): Promise<ClaimedDelivery[]> {
  const { now, leaseUntil, busy, perEndpoint, limit } = input
  const rows = await rowsOf<ClaimedRow>(
    scope.tx.execute(sql`
      with room as (
        select w.id, ${perEndpoint}::int - coalesce((${JSON.stringify(busy)}::jsonb ->> w.id)::int, 0) as places
        from billhook.webhook_endpoints w where w.status = 'active'
      ), due as (
        select d.id from room cross join lateral (
          select id from billhook.deliveries where endpoint_id = room.id and status = 'pending' and due_at <= ${now.toISOString()}::timestamptz
          order by due_at limit greatest(room.places, 0) for update skip locked) d
        limit ${limit}
      ), claimed as (
        update billhook.deliveries d set attempts = attempts + 1, due_at = ${leaseUntil.toISOString()}::timestamptz
        from due where d.id = due.id returning d.*
      ), logged as (
        insert into billhook.delivery_attempts (delivery_id, attempt_no, organization_id, started_at)
        select id, attempts, organization_id, ${now.toISOString()}::timestamptz from claimed
      )
      select c.id as "deliveryId", c.attempts as "attemptNo", c.attempts - c.attempts_before as attempt, w.id as "endpointId",
        w.organization_id as "endpointOwner", w.url, o.external_id as "organizationExternalId", to_jsonb(e) as event,
        array(select s.secret from billhook.webhook_secrets s where s.endpoint_id = w.id
          and (s.expires_at is null or s.expires_at > ${now.toISOString()}::timestamptz) order by s.id desc) as secrets
      from claimed c join billhook.webhook_endpoints w on w.id = c.endpoint_id
        join billhook.billing_events e on e.id = c.billing_event_id join billhook.organizations o on o.id = c.organization_id
      order by e.position`),
  )
  return rows.map((row) => ({ ...row, event: toBillingEvent(rowFromRecord(billingEvents, row.event)) }))
}

export async function finishAttempt(
  scope: PlatformScope,
  { deliveryId, attemptNo }: ClaimedDelivery,
  { answer, startedAt, finishedAt }: { answer: WebhookAnswer; startedAt: Date; finishedAt: Date },
): Promise<void> {
  const { statusCode, error, responseStart } = answer
  const durationMs = finishedAt.getTime() - startedAt.getTime()
  await scope.tx
    .update(deliveryAttempts)
    .set({ finishedAt, durationMs, statusCode, error, responseStart })
    .where(and(eq(deliveryAttempts.deliveryId, deliveryId), eq(deliveryAttempts.attemptNo, attemptNo)))
}

/** It arrived, whoever else may have taken the delivery up meanwhile. The endpoint before the delivery, as everywhere. */
export async function markDelivered(
  scope: PlatformScope,
  { deliveryId, endpointId }: ClaimedDelivery,
  deliveredAt: Date,
): Promise<void> {
  await scope.tx
    .update(webhookEndpoints)
    .set({ failingSince: null })
    .where(and(eq(webhookEndpoints.id, endpointId), isNotNull(webhookEndpoints.failingSince)))
  await scope.tx
    .update(deliveries)
    .set({ status: 'delivered', deliveredAt, lastError: null })
    .where(and(eq(deliveries.id, deliveryId), ne(deliveries.status, 'delivered')))
}

/** The endpoint after one more failure; its row is locked until the transaction ends. */
export async function noteFailure(
  scope: PlatformScope,
  endpointId: string,
  now: Date,
): Promise<{ status: 'active' | 'disabled'; failingSince: Date }> {
  const [row] = await scope.tx
    .update(webhookEndpoints)
    .set({ failingSince: sql`coalesce(failing_since, ${now.toISOString()}::timestamptz)` })
    .where(eq(webhookEndpoints.id, endpointId))
    .returning({ status: webhookEndpoints.status, failingSince: webhookEndpoints.failingSince })
  return { status: row?.status ?? 'disabled', failingSince: row?.failingSince ?? now }
}

/** Changes nothing where another process has taken the delivery up since. */
export async function markFailed(
  scope: PlatformScope,
  { deliveryId, attemptNo }: ClaimedDelivery,
  { dueAt, lastError }: { dueAt: Date | null; lastError: string },
): Promise<void> {
  await scope.tx
    .update(deliveries)
    .set(dueAt ? { dueAt, lastError } : { status: 'dead', lastError })
    .where(and(eq(deliveries.id, deliveryId), eq(deliveries.attempts, attemptNo), eq(deliveries.status, 'pending')))
}

/** Puts every event since then that the endpoint wants and has not got back in line, made anew where it is missing. Answers how many. */
export async function requeueMissed(
  scope: PlatformScope,
  { endpointId, since, now }: { endpointId: string; since: Date; now: Date },
): Promise<number> {
  // Ids begin with the time they were made at, so the primary key finds the place.
  const from = `bhevt_${since.getTime().toString(16).padStart(12, '0')}`
  const rows = await rowsOf<{ id: string }>(
    scope.tx.execute(sql`
      insert into billhook.deliveries as d (id, organization_id, billing_event_id, receiver, endpoint_id, status, attempts, due_at)
      select ${deliveryId}, e.organization_id, e.id, r.receiver, r.receiver, 'pending', 0, ${now.toISOString()}::timestamptz
      from billhook.webhook_endpoints w cross join lateral (select w.id as receiver) r
      join billhook.billing_events e on ${isOwn} and ${isWanted}
      where w.id = ${endpointId} and e.id >= ${from}
      on conflict (billing_event_id, receiver) do update
        set status = 'pending', due_at = excluded.due_at, attempts_before = d.attempts where d.status = 'dead'
      returning d.id`),
  )
  return rows.length
}
