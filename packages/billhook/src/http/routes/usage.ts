import { createRoute } from '@hono/zod-openapi'
import { getUsage, recordUnknown, requireCounted } from '../../domain/usage/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { readUsageBody } from '../read-usage-body.ts'
import { answer, conflictProblem, problems } from '../schemas/common.ts'
import {
  usageBody,
  usageJson,
  usageQuery,
  usageReceiptJson,
  usageReceiptSchema,
  usageSchema,
} from '../schemas/usage.ts'

const tags = ['Usage']

export const usageRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const path = '/api/v1/usage/'
  app.openAPIRegistry.registerPath({
    method: 'post',
    path,
    tags,
    summary:
      'Count events: one, or up to 1,000; each once, and what is wrong with one is named without harm to the others',
    request: { body: usageBody },
    responses: { 200: answer(usageReceiptSchema), ...conflictProblem, ...problems },
  })
  // Not parsed as a whole, as other requests are: a batch is read event by event.
  app.post(path, access('organization', 'usage'), idempotent, async (c) => {
    const { events, isSingle } = readUsageBody(c.get('rawBody'), c.req.header('content-type') ?? '')
    const receipt = await recordUnknown(ctx, { organizationId: organizationOf(c), events })
    if (isSingle) requireCounted(receipt)
    return c.json(usageReceiptJson(receipt), 200)
  })

  const read = createRoute({
    method: 'get',
    path,
    tags,
    summary: 'What a meter has counted: of the billing period to date or of a range, whole, by day, by group',
    middleware: [access('organization', 'read')] as const,
    request: { query: usageQuery },
    responses: { 200: answer(usageSchema), ...problems },
  })
  app.openapi(read, async (c) => {
    const { from, to, group_by: groupBy, ...query } = c.req.valid('query')
    const usage = await getUsage(ctx, {
      ...{ organizationId: organizationOf(c), ...query, groupBy },
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to),
    })
    return c.json(usageJson(usage), 200)
  })
}
