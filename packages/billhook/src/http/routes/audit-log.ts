import { createRoute, z } from '@hono/zod-openapi'
import { listAuditEntries } from '../../domain/audit/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { auditEntryJson, auditEntrySchema } from '../schemas/audit-entry.ts'
import { answer, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'

export const auditLogRoutes: RegisterRoutes = (app, { ctx, access }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/admin/audit-log/',
    tags: ['Administration'],
    summary: 'Who did what, newest first',
    middleware: [access('operator', 'admin')] as const,
    request: { query: pageQuery.extend({ subject: z.string().max(200).optional() }) },
    responses: { 200: answer(listOf(auditEntrySchema, 'AuditLog')), ...problems },
  })
  app.openapi(list, async (c) => {
    const organizationId = c.get('organizationId') ?? undefined
    return c.json(
      listJson(await listAuditEntries(ctx, { organizationId, ...c.req.valid('query') }), auditEntryJson),
      200,
    )
  })
}
