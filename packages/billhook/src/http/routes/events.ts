import { createRoute, z } from '@hono/zod-openapi'
import { listBillingEvents } from '../../outbox/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { billingEventJson, billingEventSchema } from '../schemas/billing-event.ts'
import { answer, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'

export const eventRoutes: RegisterRoutes = (app, { ctx, access }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/events/',
    tags: ['Events'],
    summary: 'BillingEvents in order, oldest first; of every organization for a platform key that names none',
    middleware: [access('either', 'read')] as const,
    request: {
      query: pageQuery.extend({ type: z.string().max(100).optional(), object_id: z.string().max(200).optional() }),
    },
    responses: { 200: answer(listOf(billingEventSchema, 'BillingEventList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const { object_id: objectId, ...query } = c.req.valid('query')
    const page = await listBillingEvents(ctx, { organizationId: c.get('organizationId'), objectId, ...query })
    return c.json(listJson(page, billingEventJson), 200)
  })
}
