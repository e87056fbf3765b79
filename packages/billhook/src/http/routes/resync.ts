import { createRoute } from '@hono/zod-openapi'
import { resyncOrganization } from '../../domain/reconcile/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, body, idParameter, problems } from '../schemas/common.ts'
import { reconcileRunJson, resyncRequest, resyncSchema } from '../schemas/reconcile.ts'

export const resyncRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const resync = createRoute({
    method: 'post',
    path: '/api/v1/organizations/{id}/resync/',
    tags: ['Organizations'],
    summary: 'Compare one organization with every provider that it is a customer of',
    description: 'One run for each provider; one that has not ended after some seconds goes on in the background.',
    middleware: [access('platform', 'admin'), idempotent] as const,
    request: { params: idParameter, body: { ...body(resyncRequest), required: false } },
    responses: { 200: answer(resyncSchema), ...problems },
  })
  app.openapi(resync, async (c) => {
    const dryRun = c.req.valid('json')?.dry_run
    const input = { organizationId: c.req.valid('param').id, dryRun, actor: c.get('credential').actor }
    return c.json({ runs: (await resyncOrganization(ctx, input)).map(reconcileRunJson) }, 200)
  })
}
