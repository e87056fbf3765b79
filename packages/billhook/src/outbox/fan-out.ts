import type { Context } from '../context.ts'
import { prepared, records, type Statement, text } from '../db/index.ts'

interface ToldEvent {
  id: string
  organization_id: string
  type: string
}

/**
 * One delivery row for each event and each one who hears of it: the listeners of this process, and the active endpoints that want it. Parts of
 * the statement that writes the events: they read them from what they are written from, since parts do not see each other's rows.
 */
export function fanOut(ctx: Pick<Context, 'clock' | 'receivers'>, events: readonly ToldEvent[]): Statement[] {
  const now = ctx.clock.now().toISOString()
  const toEndpoints = toEach(events, now, endpoints)
  // Asked first, so that where there are no endpoints nothing else is done.
  const parts = [prepared`${toEndpoints} where w.status = 'active' and ${isOwn} and ${isWanted}`]
  if (ctx.receivers.size === 0) return parts
  const listeners = records(
    { receiver: 'text' },
    [...ctx.receivers.keys()].map((receiver) => ({ receiver })),
  )
  return [...parts, toEach(events, now, prepared`(select receiver, null as endpoint_id from ${listeners}) r`)]
}

const endpoints = text(
  'billhook.webhook_endpoints w cross join lateral (select w.id as receiver, w.id as endpoint_id) r',
)
const columns = { id: 'text', organization_id: 'text', type: 'text' }

/** Every event for every receiver `r`. */
const toEach = (events: readonly ToldEvent[], now: string, receivers: Statement) =>
  prepared`insert into billhook.deliveries (id, organization_id, billing_event_id, receiver, endpoint_id, status, attempts, due_at)
    select ${deliveryId}, e.organization_id, e.id, r.receiver, r.endpoint_id, 'pending', 0, ${now}::timestamptz
    from ${receivers} cross join (select * from ${records(
      columns,
      events.map(({ id, organization_id, type }) => ({ id, organization_id, type })),
    )}) e`

/** Of event `e` and receiver `r`: it sorts like the event, and the same two never get another one. */
export const deliveryId = text(
  `'bhdel_' || substr(e.id, 7, 16) || '8' || left(encode(sha256(convert_to(e.id || r.receiver, 'UTF8')), 'hex'), 15)`,
)

/** Whether endpoint `w` wants event `e`: its filter names the type, or everything of its object (`invoice.*`). */
export const isWanted = text(
  `(w.event_types is null or e.type = any (w.event_types) or split_part(e.type, '.', 1) || '.*' = any (w.event_types))`,
)

/** Whether event `e` is of the organization of endpoint `w`, or that is the platform's. */
export const isOwn = text(`(w.organization_id is null or w.organization_id = e.organization_id)`)
