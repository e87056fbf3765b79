import { createRoute } from '@hono/zod-openapi'
import { archiveCoupon, createCoupon, listCoupons, publishCoupon } from '../../domain/coupons/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { couponJson, couponSchema, newCoupon } from '../schemas/coupon.ts'
import { publishRequest } from '../schemas/plan.ts'

const tags = ['Coupons']

export const couponRoutes: RegisterRoutes = (app, tools) => {
  registerCatalog(app, tools)
  registerChanging(app, tools)
}

const registerCatalog: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: '/api/v1/coupons/',
    tags,
    summary: 'Create a discount; what it takes off never changes',
    middleware: [access('platform', 'write'), idempotent] as const,
    request: { body: body(newCoupon) },
    responses: { 201: answer(couponSchema, 'Created'), ...conflictProblem, ...problems },
  })
  app.openapi(create, async (c) => {
    const input = c.req.valid('json')
    const coupon = await createCoupon(ctx, {
      key: input.key,
      name: input.name,
      percentOff: input.percent_off,
      amountOff: input.amount_off,
      currency: input.currency,
      duration: input.duration,
      durationInMonths: input.duration_in_months,
      promotionCode: input.promotion_code,
      maxRedemptions: input.max_redemptions,
      expiresAt: input.expires_at === undefined ? null : new Date(input.expires_at),
      organizationId: input.organization_id,
      metadata: input.metadata,
    })
    return c.json(couponJson(coupon), 201)
  })

  const list = createRoute({
    method: 'get',
    path: '/api/v1/coupons/',
    tags,
    summary: 'Coupons that are given now, oldest first',
    middleware: [access('platform', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(couponSchema, 'CouponList')), ...problems },
  })
  app.openapi(list, async (c) => c.json(listJson(await listCoupons(ctx, c.req.valid('query')), couponJson), 200))
}

const registerChanging: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const publish = createRoute({
    method: 'post',
    path: '/api/v1/coupons/{id}/publish/',
    tags,
    summary: 'Make the discount at a provider; can be repeated',
    middleware: [access('platform', 'write'), idempotent] as const,
    request: { params: idParameter, body: body(publishRequest) },
    responses: { 200: answer(couponSchema), ...conflictProblem, ...problems },
  })
  app.openapi(publish, async (c) => {
    const provider = c.req.valid('json').provider ?? ctx.providers.defaultName
    return c.json(couponJson(await publishCoupon(ctx, { couponId: c.req.valid('param').id, provider })), 200)
  })

  const archive = createRoute({
    method: 'post',
    path: '/api/v1/coupons/{id}/archive/',
    tags,
    summary: 'Give it no more; subscriptions that have it keep it',
    middleware: [access('platform', 'write'), idempotent] as const,
    request: { params: idParameter },
    responses: { 200: answer(couponSchema), ...problems },
  })
  app.openapi(archive, async (c) =>
    c.json(couponJson(await archiveCoupon(ctx, { couponId: c.req.valid('param').id })), 200),
  )
}
