import { createRoute, z } from '@hono/zod-openapi'
import { getEntitlement, listEntitlements, makeSnapshotKeys, signatureHeader } from '../../domain/entitlements/index.ts'
import { sha256Hex } from '../../primitives/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, problems } from '../schemas/common.ts'
import { entitlementJson, entitlementSchema, snapshotKeysSchema } from '../schemas/entitlement.ts'

const tags = ['Entitlements']

const maxAskedFor = 500

export const entitlementRoutes: RegisterRoutes = (app, { ctx, access, options }) => {
  const keys = makeSnapshotKeys(options.apiKeys)
  const list = createRoute({
    method: 'get',
    path: '/api/v1/entitlements/',
    tags,
    summary: 'Everything the organization may and may not do, signed; with If-None-Match, only what has changed',
    middleware: [access('organization', 'read')] as const,
    responses: {
      200: answer(z.object({ data: z.array(entitlementSchema) }).openapi('EntitlementList')),
      304: { description: 'It is still what the ETag says, which is signed anew' },
      ...problems,
    },
  })
  app.openapi(list, async (c) => {
    const organizationId = organizationOf(c)
    // Before it is read: a snapshot may be younger than it says, never older.
    const issuedAt = ctx.clock.now()
    const body = { data: (await listEntitlements(ctx, { organizationId })).map(entitlementJson) }
    const etag = `"${sha256Hex(JSON.stringify(body))}"`
    const askedFor = (c.req.header('x-organization-id') ?? '').slice(0, maxAskedFor)
    const stamp = await keys.stamp({ organizationId, askedFor, issuedAt, etag })
    c.header('etag', etag)
    if (stamp) c.header(signatureHeader, stamp)
    return c.req.header('if-none-match') === etag ? c.body(null, 304) : c.json(body, 200)
  })

  const listKeys = createRoute({
    method: 'get',
    path: '/api/v1/entitlement-keys/',
    tags,
    summary: 'The public keys (Ed25519, base64url) that lists of entitlements are signed with',
    middleware: [access('either', 'read')] as const,
    responses: { 200: answer(snapshotKeysSchema), ...problems },
  })
  app.openapi(listKeys, async (c) =>
    c.json({ data: (await keys.list()).map(({ id, publicKey }) => ({ id, public_key: publicKey })) }, 200),
  )

  const get = createRoute({
    method: 'get',
    path: '/api/v1/entitlements/{feature}/',
    tags,
    summary: 'May this organization do X?',
    middleware: [access('organization', 'read')] as const,
    request: { params: z.object({ feature: z.string().min(1).max(100) }) },
    responses: { 200: answer(entitlementSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: organizationOf(c), feature: c.req.valid('param').feature }
    return c.json(entitlementJson(await getEntitlement(ctx, input)), 200)
  })
}
