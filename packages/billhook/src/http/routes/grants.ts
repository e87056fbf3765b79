import { createRoute } from '@hono/zod-openapi'
import { createGrant, listGrants, revokeGrant } from '../../domain/grants/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, body, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { grantJson, grantSchema, newGrant, revokedGrant } from '../schemas/grant.ts'

const tags = ['Grants']

/** For the platform alone: nobody gives to himself. */
export const grantRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: '/api/v1/grants/',
    tags,
    summary: 'Give an organization an entitlement by hand',
    middleware: [access('guardian', 'write'), idempotent] as const,
    request: { body: body(newGrant) },
    responses: { 201: answer(grantSchema, 'Created'), ...problems },
  })
  app.openapi(create, async (c) => {
    const { feature, value, effect, reason, expires_at, metadata } = c.req.valid('json')
    const grant = await createGrant(ctx, {
      ...{ organizationId: organizationOf(c), feature, value, effect, reason },
      actor: c.get('credential').actor,
      expiresAt: expires_at ? new Date(expires_at) : null,
      metadata,
    })
    return c.json(grantJson(grant), 201)
  })

  const list = createRoute({
    method: 'get',
    path: '/api/v1/grants/',
    tags,
    summary: 'What was given by hand, newest first; expired and revoked ones too',
    middleware: [access('guardian', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(grantSchema, 'GrantList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const page = await listGrants(ctx, { organizationId: organizationOf(c), ...c.req.valid('query') })
    return c.json(listJson(page, grantJson), 200)
  })

  const revoke = createRoute({
    method: 'delete',
    path: '/api/v1/grants/{id}/',
    tags,
    summary: 'Take it back',
    middleware: [access('guardian', 'write')] as const,
    request: { params: idParameter },
    responses: { 200: answer(revokedGrant), ...problems },
  })
  app.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param')
    await revokeGrant(ctx, { organizationId: organizationOf(c), grantId: id, actor: c.get('credential').actor })
    return c.json({ id, revoked: true as const }, 200)
  })
}
