import { createRoute } from '@hono/zod-openapi'
import { createMeter, getMeter, listMeters } from '../../domain/meters/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { meterJson, meterSchema, newMeter } from '../schemas/meter.ts'

const tags = ['Meters']

export const meterRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: '/api/v1/meters/',
    tags,
    summary: 'Say how something is counted; a meter is never edited',
    middleware: [access('platform', 'write'), idempotent] as const,
    request: { body: body(newMeter) },
    responses: { 201: answer(meterSchema, 'Created'), ...conflictProblem, ...problems },
  })
  app.openapi(create, async (c) => {
    const { group_by: groupBy, ...input } = c.req.valid('json')
    return c.json(meterJson(await createMeter(ctx, { ...input, groupBy })), 201)
  })

  const list = createRoute({
    method: 'get',
    path: '/api/v1/meters/',
    tags,
    summary: 'All meters, oldest first',
    middleware: [access('either', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(meterSchema, 'MeterList')), ...problems },
  })
  app.openapi(list, async (c) => c.json(listJson(await listMeters(ctx, c.req.valid('query')), meterJson), 200))

  const get = createRoute({
    method: 'get',
    path: '/api/v1/meters/{id}/',
    tags,
    summary: 'One meter, by id or key',
    middleware: [access('either', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(meterSchema), ...problems },
  })
  app.openapi(get, async (c) => c.json(meterJson(await getMeter(ctx, { meterId: c.req.valid('param').id })), 200))
}
