import { createRoute } from '@hono/zod-openapi'
import { checkApproval } from '../../domain/subscriptions/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, conflictProblem, idParameter, problems } from '../schemas/common.ts'
import { subscriptionJson, subscriptionSchema } from '../schemas/subscription.ts'

export const checkApprovalRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const check = createRoute({
    method: 'post',
    path: '/api/v1/subscriptions/{id}/check-approval/',
    tags: ['Subscriptions'],
    summary: 'Asks the provider whether an open change was approved, and answers the subscription as it is then',
    middleware: [access('organization', 'write'), idempotent] as const,
    request: { params: idParameter },
    responses: { 200: answer(subscriptionSchema), ...conflictProblem, ...problems },
  })
  app.openapi(check, async (c) => {
    const input = { organizationId: organizationOf(c), subscriptionId: c.req.valid('param').id }
    return c.json(subscriptionJson(await checkApproval(ctx, input)), 200)
  })
}
