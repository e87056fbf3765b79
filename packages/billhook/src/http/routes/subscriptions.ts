import { createRoute, z } from '@hono/zod-openapi'
import { getOverview } from '../../domain/overview/index.ts'
import { getCurrentSubscription, getSubscription, listSubscriptions } from '../../domain/subscriptions/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { overviewJson, overviewSchema } from '../schemas/overview.ts'
import { subscriptionJson, subscriptionSchema } from '../schemas/subscription.ts'

const tags = ['Subscriptions']
const productLineQuery = z.object({
  product_line: z.string().max(100).optional().openapi({ description: 'main when absent' }),
})

export const subscriptionRoutes: RegisterRoutes = (app, { ctx, access }) => {
  const current = createRoute({
    method: 'get',
    path: '/api/v1/subscriptions/current/',
    tags,
    summary: 'The live one, else the one that ended last',
    middleware: [access('organization', 'read')] as const,
    request: { query: productLineQuery },
    responses: { 200: answer(subscriptionSchema), ...problems },
  })
  app.openapi(current, async (c) => {
    const input = { organizationId: organizationOf(c), productLine: c.req.valid('query').product_line }
    return c.json(subscriptionJson(await getCurrentSubscription(ctx, input)), 200)
  })

  const overview = createRoute({
    method: 'get',
    path: '/api/v1/subscriptions/overview/',
    tags,
    summary: 'Organization, subscription, plan, entitlements, invoices, and what can be done now',
    middleware: [access('organization', 'read')] as const,
    request: { query: productLineQuery },
    responses: { 200: answer(overviewSchema), ...problems },
  })
  app.openapi(overview, async (c) => {
    const input = { organizationId: organizationOf(c), productLine: c.req.valid('query').product_line }
    return c.json(overviewJson(await getOverview(ctx, input)), 200)
  })

  const list = createRoute({
    method: 'get',
    path: '/api/v1/subscriptions/',
    tags,
    summary: 'All of them, newest first',
    middleware: [access('organization', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(subscriptionSchema, 'SubscriptionList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const page = await listSubscriptions(ctx, { organizationId: organizationOf(c), ...c.req.valid('query') })
    return c.json(listJson(page, subscriptionJson), 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/subscriptions/{id}/',
    tags,
    summary: 'One subscription',
    middleware: [access('organization', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(subscriptionSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: organizationOf(c), subscriptionId: c.req.valid('param').id }
    return c.json(subscriptionJson(await getSubscription(ctx, input)), 200)
  })
}
