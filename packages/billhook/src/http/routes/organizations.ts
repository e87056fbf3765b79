import { createRoute } from '@hono/zod-openapi'
import { changeOrganization, createOrganization, getOrganization } from '../../domain/organizations/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, problems } from '../schemas/common.ts'
import { newOrganization, organizationChange, organizationJson, organizationSchema } from '../schemas/organization.ts'

const tags = ['Organizations']

export const organizationRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: '/api/v1/organizations/',
    tags,
    summary: 'Create an organization',
    middleware: [access('platform', 'write'), idempotent] as const,
    request: { body: body(newOrganization) },
    responses: { 201: answer(organizationSchema, 'Created'), ...conflictProblem, ...problems },
  })
  app.openapi(create, async (c) => {
    const { external_id: externalId, ...fields } = c.req.valid('json')
    return c.json(organizationJson(await createOrganization(ctx, { externalId, ...fields })), 201)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/organizations/{id}/',
    tags,
    summary: 'One organization, by id or external_id',
    middleware: [access('platform', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(organizationSchema), ...problems },
  })
  app.openapi(get, async (c) =>
    c.json(organizationJson(await getOrganization(ctx, { organizationId: c.req.valid('param').id })), 200),
  )

  const change = createRoute({
    method: 'patch',
    path: '/api/v1/organizations/{id}/',
    tags,
    summary: 'Change what is given',
    middleware: [access('platform', 'write')] as const,
    request: { params: idParameter, body: body(organizationChange) },
    responses: { 200: answer(organizationSchema), ...conflictProblem, ...problems },
  })
  app.openapi(change, async (c) => {
    const input = { organizationId: c.req.valid('param').id, ...c.req.valid('json') }
    return c.json(organizationJson(await changeOrganization(ctx, input)), 200)
  })
}
