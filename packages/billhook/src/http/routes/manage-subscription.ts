import { createRoute, type z } from '@hono/zod-openapi'
import type { Context } from '../../context.ts'
import {
  cancelSubscription,
  changeQuantity,
  type ManageResult,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
  updateSubscriptionPlan,
} from '../../domain/subscriptions/index.ts'
import { invalid } from '../../primitives/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, problems } from '../schemas/common.ts'
import { manageRequest, manageResultJson, manageResultSchema, pendingResultSchema } from '../schemas/subscription.ts'

type Request = z.infer<typeof manageRequest>
interface Target {
  organizationId: string
  subscriptionId: string
  businessKey: string | undefined
}
type Action = (ctx: Context, target: Target, request: Request) => Promise<ManageResult>

const missing = (field: string, action: string) =>
  invalid('invalid_request', `${action} needs ${field}.`, { errors: [{ path: field, message: 'Required' }] })

const actions: Record<Request['action'], Action> = {
  cancel: (ctx, target, { at_period_end: atPeriodEnd = true }) => cancelSubscription(ctx, { ...target, atPeriodEnd }),
  reactivate: (ctx, target) => reactivateSubscription(ctx, target),
  change_plan: (ctx, target, request) => {
    const { price_id: priceId, quantity, proration, preview_id: previewId, return_url: returnUrl } = request
    if (priceId === undefined && previewId === undefined) throw missing('price_id', 'change_plan')
    return updateSubscriptionPlan(ctx, { ...target, priceId, quantity, proration, previewId, returnUrl })
  },
  change_quantity: (ctx, target, { quantity, proration, preview_id: previewId, return_url: returnUrl }) => {
    if (quantity === undefined && previewId === undefined) throw missing('quantity', 'change_quantity')
    return changeQuantity(ctx, { ...target, quantity, proration, previewId, returnUrl })
  },
  pause: (ctx, target, { pause_kind: kind, resumes_at: resumesAt }) =>
    pauseSubscription(ctx, { ...target, kind, resumesAt: resumesAt === undefined ? undefined : new Date(resumesAt) }),
  resume: (ctx, target) => resumeSubscription(ctx, target),
}

export const manageSubscriptionRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const manage = createRoute({
    method: 'post',
    path: '/api/v1/subscriptions/{id}/manage-subscription/',
    tags: ['Subscriptions'],
    summary: 'Cancel, reactivate, change, pause or resume',
    middleware: [access('organization', 'write'), idempotent] as const,
    request: { params: idParameter, body: body(manageRequest) },
    responses: {
      200: answer(manageResultSchema, 'What became of it'),
      202: answer(pendingResultSchema, 'The answer of the provider was lost: the operation will say'),
      ...conflictProblem,
      ...problems,
    },
  })
  app.openapi(manage, async (c) => {
    const request = c.req.valid('json')
    const target = {
      organizationId: organizationOf(c),
      subscriptionId: c.req.valid('param').id,
      businessKey: c.get('businessKey'),
    }
    const result = await actions[request.action](ctx, target, request)
    if (result.outcome !== 'pending') return c.json(manageResultJson(result), 200)
    c.set('operationId', result.operationId)
    return c.json({ outcome: 'pending' as const, operation_id: result.operationId }, 202)
  })
}
