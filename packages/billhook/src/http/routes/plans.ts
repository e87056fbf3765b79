import { createRoute } from '@hono/zod-openapi'
import { changePlan, createPlan, getPlan, listPlans, publishPlan } from '../../domain/catalog/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { newPlan, planChange, planJson, planSchema, publishRequest, toNewPrice } from '../schemas/plan.ts'

const tags = ['Plans']

export const planRoutes: RegisterRoutes = (app, tools) => {
  registerReading(app, tools)
  registerChanging(app, tools)
  registerPublishing(app, tools)
}

const registerReading: RegisterRoutes = (app, { ctx, access }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/plans/',
    tags,
    summary: 'Public plans and the organization’s own',
    middleware: [access('either', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(planSchema, 'PlanList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const page = await listPlans(ctx, { organizationId: c.get('organizationId'), ...c.req.valid('query') })
    return c.json(listJson(page, planJson), 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/plans/{id}/',
    tags,
    summary: 'One plan, by id or key',
    middleware: [access('either', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(planSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { planId: c.req.valid('param').id, organizationId: c.get('organizationId') }
    return c.json(planJson(await getPlan(ctx, input)), 200)
  })
}

const registerChanging: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: '/api/v1/plans/',
    tags,
    summary: 'Create a plan with its prices',
    middleware: [access('platform', 'write'), idempotent] as const,
    request: { body: body(newPlan) },
    responses: { 201: answer(planSchema, 'Created'), ...conflictProblem, ...problems },
  })
  app.openapi(create, async (c) => {
    const input = c.req.valid('json')
    const plan = await createPlan(ctx, {
      key: input.key,
      name: input.name,
      description: input.description,
      features: input.features,
      limits: input.limits,
      isDefault: input.is_default,
      graceDays: input.grace_days,
      afterGrace: input.after_grace,
      metadata: input.metadata,
      productLine: input.product_line,
      organizationId: input.organization_id,
      prices: input.prices?.map(toNewPrice),
    })
    return c.json(planJson(plan), 201)
  })

  const change = createRoute({
    method: 'patch',
    path: '/api/v1/plans/{id}/',
    tags,
    summary: 'Change what is given; prices can be added and replaced, never edited',
    middleware: [access('platform', 'write')] as const,
    request: { params: idParameter, body: body(planChange) },
    responses: { 200: answer(planSchema), ...conflictProblem, ...problems },
  })
  app.openapi(change, async (c) => {
    const input = c.req.valid('json')
    const plan = await changePlan(ctx, {
      planId: c.req.valid('param').id,
      name: input.name,
      description: input.description,
      features: input.features,
      limits: input.limits,
      isDefault: input.is_default,
      graceDays: input.grace_days,
      afterGrace: input.after_grace,
      metadata: input.metadata,
      isArchived: input.archived,
      prices: input.prices?.map(toNewPrice),
    })
    return c.json(planJson(plan), 200)
  })
}

const registerPublishing: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const publish = createRoute({
    method: 'post',
    path: '/api/v1/plans/{id}/publish/',
    tags,
    summary: 'Make product and prices at a provider; can be repeated',
    middleware: [access('platform', 'write'), idempotent] as const,
    request: { params: idParameter, body: body(publishRequest) },
    responses: { 200: answer(planSchema, 'The plan with the ids of that provider'), ...conflictProblem, ...problems },
  })
  app.openapi(publish, async (c) => {
    const provider = c.req.valid('json').provider ?? ctx.providers.defaultName
    return c.json(planJson(await publishPlan(ctx, { planId: c.req.valid('param').id, provider })), 200)
  })
}
