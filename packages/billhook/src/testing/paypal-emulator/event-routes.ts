import { z } from 'zod'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { PaypalEvent } from './objects.ts'
import { pageOf } from './pages.ts'
import { readBody } from './read-body.ts'
import type { ApiResult, Route } from './route.ts'

const path = '/v1/notifications/webhooks-events'
const resendBody = z.strictObject({ webhook_ids: z.array(z.string()).max(500).optional() })

export const eventRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    query: ['page_size', 'page', 'start_time', 'end_time', 'transaction_id', 'event_type'],
    answer: (context, { query }) => listEvents(context, query),
  },
  {
    method: 'GET',
    path: `${path}/:id`,
    answer: ({ state }, { ids }) => ({ status: 200, body: { ...demand(state.events, ids.id ?? '') } }),
  },
  {
    method: 'POST',
    path: `${path}/:id/resend`,
    answer: (context, { ids, body }) => {
      const event = demand(context.state.events, ids.id ?? '')
      readBody(resendBody, body ?? {})
      context.resend(event)
      return { status: 202, body: { ...event } }
    },
  },
]

/** Newest first. */
function listEvents(context: EmulatorContext, query: URLSearchParams): ApiResult {
  const [start, end, type, resource] = ['start_time', 'end_time', 'event_type', 'transaction_id'].map((name) =>
    query.get(name),
  )
  const isWanted = (event: PaypalEvent) => {
    const at = Date.parse(event.create_time)
    const isWithin = (!start || at >= Date.parse(start)) && (!end || at <= Date.parse(end))
    return isWithin && (!type || event.event_type === type) && (!resource || event.resource.id === resource)
  }
  const found = [...context.state.events.values()].filter(isWanted).reverse()
  const { items, rest } = pageOf(context, found, query, path)
  return { status: 200, body: { events: items, count: items.length, ...rest } }
}
