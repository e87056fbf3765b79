import { createRoute, z } from '@hono/zod-openapi'
import { listAlerts, resolveAlert } from '../../domain/alerts/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { alertJson, alertSchema } from '../schemas/alert.ts'
import { answer, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'

const tags = ['Administration']

export const alertRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/admin/alerts/',
    tags,
    summary: 'What a person must look at, newest first',
    middleware: [access('operator', 'admin')] as const,
    request: {
      query: pageQuery.extend({
        status: z.enum(['open', 'resolved']).optional(),
        kind: z.string().max(100).optional(),
      }),
    },
    responses: { 200: answer(listOf(alertSchema, 'AlertList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const organizationId = c.get('organizationId') ?? undefined
    return c.json(listJson(await listAlerts(ctx, { organizationId, ...c.req.valid('query') }), alertJson), 200)
  })

  const resolve = createRoute({
    method: 'post',
    path: '/api/v1/admin/alerts/{id}/resolve/',
    tags,
    summary: 'Say that it was looked at',
    middleware: [access('platform', 'admin'), idempotent] as const,
    request: { params: idParameter },
    responses: { 200: answer(alertSchema), ...problems },
  })
  app.openapi(resolve, async (c) => {
    const input = { alertId: c.req.valid('param').id, actor: c.get('credential').actor }
    return c.json(alertJson(await resolveAlert(ctx, input)), 200)
  })
}
