import { createRoute } from '@hono/zod-openapi'
import { previewChange } from '../../domain/subscriptions/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { previewJson, previewRequest, previewSchema } from '../schemas/change-preview.ts'
import { answer, body, conflictProblem, idParameter, problems } from '../schemas/common.ts'

export const changePreviewRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const preview = createRoute({
    method: 'post',
    path: '/api/v1/subscriptions/{id}/preview-change/',
    tags: ['Subscriptions'],
    summary: 'What a change would cost; committing it with preview_id charges exactly this',
    middleware: [access('organization', 'write'), idempotent] as const,
    request: { params: idParameter, body: body(previewRequest) },
    responses: { 200: answer(previewSchema, 'Nothing is changed'), ...conflictProblem, ...problems },
  })
  app.openapi(preview, async (c) => {
    const { price_id: priceId, quantity, proration } = c.req.valid('json')
    const target = { organizationId: organizationOf(c), subscriptionId: c.req.valid('param').id }
    return c.json(previewJson(await previewChange(ctx, { ...target, priceId, quantity, proration })), 200)
  })
}
