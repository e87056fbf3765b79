import { and, asc, desc, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm'
import { type OrganizationScope, type PlatformScope, rowsOf } from '../db/index.ts'
import { billingEvents, type DeliveryStatus, deliveries, deliveryAttempts } from '../db/schema/index.ts'

type Scope = OrganizationScope | PlatformScope

/** One event for one endpoint, and what became of it. */
export interface WebhookDelivery {
  id: string
  organizationId: string
  endpointId: string
  /** The BillingEvent: what receivers see as `webhook-id`. */
  billingEventId: string
  eventType: string
  status: DeliveryStatus
  attempts: DeliveryAttempt[]
  /** When a pending one is sent next. */
  dueAt: Date
  deliveredAt: Date | null
  lastError: string | null
}

export interface DeliveryAttempt {
  attemptNo: number
  startedAt: Date
  /** Null while it is under way, and for ever where the process that made it died: the attempt after it repeats it. */
  finishedAt: Date | null
  durationMs: number | null
  /** Null where no answer came; `error` says why. */
  statusCode: number | null
  error: string | null
  /** The first bytes of the answer. */
  responseStart: string | null
}

interface DeliveryFilter {
  endpointId: string
  status?: DeliveryStatus | undefined
  deliveryId?: string | undefined
  before?: string | null
  limit: number
}

/** Newest first: ids rise with their events. */
export async function selectDeliveries(scope: Scope, filter: DeliveryFilter): Promise<WebhookDelivery[]> {
  const { endpointId, status, deliveryId, before = null, limit } = filter
  const rows = await scope.tx
    .select({ delivery: deliveries, eventType: billingEvents.type })
    .from(deliveries)
    .innerJoin(billingEvents, eq(billingEvents.id, deliveries.billingEventId))
    .where(
      and(
        eq(deliveries.endpointId, endpointId),
        'organizationId' in scope ? eq(deliveries.organizationId, scope.organizationId) : undefined,
        status && eq(deliveries.status, status),
        // A kept plan does not know the status, and would not see that the index of what was not delivered holds it.
        status && status !== 'delivered' ? sql`${deliveries.status} <> 'delivered'` : undefined,
        deliveryId === undefined ? undefined : eq(deliveries.id, deliveryId),
        before === null ? undefined : lt(deliveries.id, before),
      ),
    )
    .orderBy(desc(deliveries.id))
    .limit(limit)
  const log = await attemptsOf(
    scope,
    rows.map(({ delivery }) => delivery.id),
  )
  return rows.map(({ delivery, eventType }) => ({
    id: delivery.id,
    organizationId: delivery.organizationId,
    endpointId,
    billingEventId: delivery.billingEventId,
    eventType,
    status: delivery.status,
    attempts: log.get(delivery.id) ?? [],
    dueAt: delivery.dueAt,
    deliveredAt: delivery.deliveredAt,
    lastError: delivery.lastError,
  }))
}

async function attemptsOf(scope: Scope, deliveryIds: readonly string[]): Promise<Map<string, DeliveryAttempt[]>> {
  const log = new Map<string, DeliveryAttempt[]>()
  if (deliveryIds.length === 0) return log
  const rows = await scope.tx
    .select()
    .from(deliveryAttempts)
    .where(inArray(deliveryAttempts.deliveryId, [...deliveryIds]))
    .orderBy(asc(deliveryAttempts.attemptNo))
  for (const { deliveryId, organizationId: _organizationId, ...attempt } of rows)
    log.set(deliveryId, [...(log.get(deliveryId) ?? []), attempt])
  return log
}

/** Whether somebody is sending it now: begun, not finished, and the lease still runs. */
export async function isUnderWay(scope: PlatformScope, deliveryId: string, now: Date): Promise<boolean> {
  const [row] = await scope.tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .innerJoin(
      deliveryAttempts,
      and(eq(deliveryAttempts.deliveryId, deliveries.id), eq(deliveryAttempts.attemptNo, deliveries.attempts)),
    )
    .where(and(eq(deliveries.id, deliveryId), isNull(deliveryAttempts.finishedAt), gt(deliveries.dueAt, now)))
  return row !== undefined
}

/** One more series of attempts, beginning now. */
export async function sendAgain(scope: PlatformScope, deliveryId: string, now: Date): Promise<void> {
  await scope.tx
    .update(deliveries)
    .set({ status: 'pending', dueAt: now, attemptsBefore: sql`attempts`, deliveredAt: null })
    .where(eq(deliveries.id, deliveryId))
}

/** The oldest part of the log, at most `limit` lines of it. Answers how many. */
export async function deleteAttemptsBefore(scope: PlatformScope, before: Date, limit: number): Promise<number> {
  const deleted = await rowsOf(
    scope.tx.execute(sql`
      delete from billhook.delivery_attempts where (delivery_id, attempt_no) in (
        select delivery_id, attempt_no from billhook.delivery_attempts where started_at < ${before.toISOString()}::timestamptz
        order by started_at limit ${limit})
      returning attempt_no`),
  )
  return deleted.length
}
