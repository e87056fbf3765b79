import type { Context } from '../context.ts'
import { asPlatform, inOrganization } from '../db/index.ts'
import type { DeliveryStatus } from '../db/schema/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../domain/paging.ts'
import { conflict, invalid, notFound } from '../primitives/index.ts'
import {
  deleteAttemptsBefore,
  isUnderWay,
  selectDeliveries,
  sendAgain,
  type WebhookDelivery,
} from './delivery-store.ts'
import { getEndpointRow, lockEndpointRow } from './endpoint-store.ts'
import { requeueMissed } from './sending-store.ts'
import type { EndpointInput } from './webhook-endpoint.ts'

/** What was sent to an endpoint, and is to be, newest first. Error: `webhook_endpoint_not_found` (404). */
export async function listWebhookDeliveries(
  ctx: Context,
  input: EndpointInput & PageInput & { status?: DeliveryStatus | undefined },
): Promise<Paged<WebhookDelivery>> {
  const { organizationId, endpointId, status } = input
  const filter = { endpointId, status, before: decodeCursor(input), limit: pageLimit(input) + 1 }
  await asPlatform(ctx.db, (scope) => getEndpointRow(scope, input))
  const rows =
    organizationId === null
      ? await asPlatform(ctx.db, (scope) => selectDeliveries(scope, filter))
      : await inOrganization(ctx.db, organizationId, (scope) => selectDeliveries(scope, filter))
  return pageOf(
    rows,
    input,
    (delivery) => delivery,
    ({ id }) => id,
  )
}

const disabled = () => conflict('webhook_endpoint_disabled', 'This endpoint is disabled: enable it first.')

/**
 * Sends one again, now, whatever became of it: under the same `webhook-id`. Errors: `webhook_endpoint_not_found`,
 * `webhook_delivery_not_found` (404); `webhook_endpoint_disabled`, `webhook_delivery_in_progress` (409).
 */
export async function redeliverWebhook(
  ctx: Context,
  { organizationId, endpointId, deliveryId, actor }: EndpointInput & { deliveryId: string; actor: string },
): Promise<WebhookDelivery> {
  const find = { endpointId, deliveryId, limit: 1 }
  const delivery = await asPlatform(ctx.db, async (scope) => {
    const endpoint = await lockEndpointRow(scope, { organizationId, endpointId })
    const [before] = await selectDeliveries(scope, find)
    if (!before) throw notFound('webhook_delivery_not_found', 'There is no such delivery at this endpoint.')
    if (endpoint.status === 'disabled') throw disabled()
    const now = ctx.clock.now()
    if (await isUnderWay(scope, deliveryId, now))
      throw conflict('webhook_delivery_in_progress', 'It is being sent at this moment.')
    await sendAgain(scope, deliveryId, now)
    const audited = { actor, action: 'redeliver_webhook', subject: deliveryId, facts: { was: before.status } }
    await appendAuditEntry(scope, ctx, { ...audited, organizationId: endpoint.organizationId })
    const [after] = await selectDeliveries(scope, find)
    return after ?? before
  })
  ctx.wake('send-webhooks')
  return delivery
}

/**
 * Sends everything since then that the endpoint wants and has not got: what was given up, and what happened while it was disabled or before
 * it was made. Answers how much it is. Errors: `invalid_since` (400), `webhook_endpoint_not_found` (404), `webhook_endpoint_disabled` (409).
 */
export async function recoverWebhooks(
  ctx: Context,
  { organizationId, endpointId, since, actor }: EndpointInput & { since: Date; actor: string },
): Promise<{ queued: number }> {
  if (!(since.getTime() >= 0)) throw invalid('invalid_since', 'since is a time after 1970.')
  const queued = await asPlatform(ctx.db, async (scope) => {
    const endpoint = await lockEndpointRow(scope, { organizationId, endpointId })
    if (endpoint.status === 'disabled') throw disabled()
    const count = await requeueMissed(scope, { endpointId, since, now: ctx.clock.now() })
    const facts = { since: since.toISOString(), queued: count }
    const audited = { actor, action: 'recover_webhooks', subject: endpointId, facts }
    await appendAuditEntry(scope, ctx, { ...audited, organizationId: endpoint.organizationId })
    return count
  })
  ctx.wake('send-webhooks')
  return { queued }
}

const logDays = 30
const purgedAtOnce = 5_000

/** For a job: the log of attempts is kept for 30 days. */
export function purgeDeliveryAttempts(ctx: Context): Promise<number> {
  const before = new Date(ctx.clock.now().getTime() - logDays * 86_400_000)
  return asPlatform(ctx.db, (scope) => deleteAttemptsBefore(scope, before, purgedAtOnce))
}
