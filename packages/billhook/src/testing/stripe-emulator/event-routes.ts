import { demand } from './emulator-context.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Route } from './route.ts'

export const eventRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/events',
    allowed: [...listParameters, 'type', 'types.#', 'delivery_success'],
    answer: ({ state }, params) => {
      const type = params.text('type')
      const types = params.texts('types')
      const isDelivered = params.boolean('delivery_success')
      const found = [...state.events.values()].filter(
        (event) =>
          (type === null || matchesType(event.type, type)) &&
          (types.length === 0 || types.some((wanted) => matchesType(event.type, wanted))) &&
          (isDelivered === null || isDelivered === (event.pending_webhooks === 0)),
      )
      return { ...pageOf(found, params, '/v1/events') }
    },
  },
  {
    method: 'GET',
    path: '/v1/events/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.events, 'event', id),
  },
]

/** `customer.*` names every type below it. */
function matchesType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted
}
