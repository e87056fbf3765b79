import { createRoute } from '@hono/zod-openapi'
import { createCheckoutSession, getCheckoutSession } from '../../domain/checkout/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { checkoutSessionJson, checkoutSessionSchema, newCheckoutSession } from '../schemas/checkout-session.ts'
import { answer, body, conflictProblem, idParameter, problems } from '../schemas/common.ts'

const tags = ['Checkout']

export const checkoutSessionRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: '/api/v1/subscriptions/create-checkout-session/',
    tags,
    summary: 'A hosted page where the organization subscribes; the same request reuses the open one',
    middleware: [access('organization', 'write'), idempotent] as const,
    request: { body: body(newCheckoutSession) },
    responses: { 201: answer(checkoutSessionSchema, 'Open'), ...conflictProblem, ...problems },
  })
  app.openapi(create, async (c) => {
    const input = c.req.valid('json')
    const session = await createCheckoutSession(ctx, {
      organizationId: organizationOf(c),
      priceId: input.price_id,
      quantity: input.quantity,
      provider: input.provider,
      successUrl: input.success_url,
      cancelUrl: input.cancel_url,
      coupon: input.coupon,
      allowPromotionCodes: input.allow_promotion_codes,
      collectTaxIds: input.collect_tax_ids,
      automaticTax: input.automatic_tax,
    })
    return c.json(checkoutSessionJson(session), 201)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/checkout-sessions/{id}/',
    tags,
    summary: 'What became of it, asked of the provider now',
    middleware: [access('organization', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(checkoutSessionSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: organizationOf(c), checkoutSessionId: c.req.valid('param').id }
    return c.json(checkoutSessionJson(await getCheckoutSession(ctx, input)), 200)
  })
}
