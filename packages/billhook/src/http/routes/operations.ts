import { createRoute } from '@hono/zod-openapi'
import { getOperation } from '../../domain/operations/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, idParameter, problems } from '../schemas/common.ts'
import { operationJson, operationSchema } from '../schemas/operation.ts'

export const operationRoutes: RegisterRoutes = (app, { ctx, access }) => {
  const get = createRoute({
    method: 'get',
    path: '/api/v1/operations/{id}/',
    tags: ['Operations'],
    summary: 'What became of an action whose outcome was not known',
    middleware: [access('either', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(operationSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: c.get('organizationId'), operationId: c.req.valid('param').id }
    return c.json(operationJson(await getOperation(ctx, input)), 200)
  })
}
