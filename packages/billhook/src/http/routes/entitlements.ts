import { createRoute, z } from '@hono/zod-openapi'
import { getEntitlement, listEntitlements } from '../../domain/entitlements/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, problems } from '../schemas/common.ts'
import { entitlementJson, entitlementSchema } from '../schemas/entitlement.ts'

const tags = ['Entitlements']

export const entitlementRoutes: RegisterRoutes = (app, { ctx, access }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/entitlements/',
    tags,
    summary: 'Everything the organization may and may not do',
    middleware: [access('organization', 'read')] as const,
    responses: { 200: answer(z.object({ data: z.array(entitlementSchema) }).openapi('EntitlementList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const entitlements = await listEntitlements(ctx, { organizationId: organizationOf(c) })
    return c.json({ data: entitlements.map(entitlementJson) }, 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/entitlements/{feature}/',
    tags,
    summary: 'May this organization do X?',
    middleware: [access('organization', 'read')] as const,
    request: { params: z.object({ feature: z.string().min(1).max(100) }) },
    responses: { 200: answer(entitlementSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: organizationOf(c), feature: c.req.valid('param').feature }
    return c.json(entitlementJson(await getEntitlement(ctx, input)), 200)
  })
}
