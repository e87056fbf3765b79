import { createRoute } from '@hono/zod-openapi'
import { getPayment, listPayments } from '../../domain/payments/index.ts'
import { refundPayment } from '../../domain/refunds/index.ts'
import { BillhookError } from '../../primitives/index.ts'
import type { Credential } from '../credential.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { newRefund, paymentJson, paymentSchema, refundJson, refundSchema } from '../schemas/payment.ts'
import { pendingResultSchema } from '../schemas/subscription.ts'

const tags = ['Payments']

export const paymentRoutes: RegisterRoutes = (app, tools) => {
  registerReading(app, tools)
  registerRefunding(app, tools)
}

const registerReading: RegisterRoutes = (app, { ctx, access }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/payments/',
    tags,
    summary: 'The organization’s payments, newest first, failed ones too',
    middleware: [access('organization', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(paymentSchema, 'PaymentList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const page = await listPayments(ctx, { organizationId: organizationOf(c), ...c.req.valid('query') })
    return c.json(listJson(page, paymentJson), 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/payments/{id}/',
    tags,
    summary: 'One payment with its refunds',
    middleware: [access('organization', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(paymentSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: organizationOf(c), paymentId: c.req.valid('param').id }
    return c.json(paymentJson(await getPayment(ctx, input)), 200)
  })
}

const registerRefunding: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const refund = createRoute({
    method: 'post',
    path: '/api/v1/payments/{id}/refund/',
    tags,
    summary: 'Give money back; for platform keys and owners',
    middleware: [access('organization', 'write'), idempotent] as const,
    request: { params: idParameter, body: body(newRefund) },
    responses: {
      201: answer(refundSchema, 'What went back, or is on its way'),
      202: answer(pendingResultSchema, 'The answer of the provider was lost: the operation will say'),
      ...conflictProblem,
      ...problems,
    },
  })
  app.openapi(refund, async (c) => {
    requireOwner(c.get('credential'))
    const { amount, reason } = c.req.valid('json')
    const result = await refundPayment(ctx, {
      organizationId: organizationOf(c),
      paymentId: c.req.valid('param').id,
      amount,
      reason,
      businessKey: c.get('businessKey'),
    })
    if (result.outcome === 'refunded') return c.json(refundJson(result.refund), 201)
    c.set('operationId', result.operationId)
    return c.json({ outcome: 'pending' as const, operation_id: result.operationId }, 202)
  })
}

/** Money goes out: whoever may change a subscription may not therefore give money back. */
function requireOwner({ kind, role }: Credential): void {
  if (kind === 'platform_key' || role === 'owner') return
  throw new BillhookError('forbidden', 'Refunds are for platform keys and for owners.', { status: 403 })
}
