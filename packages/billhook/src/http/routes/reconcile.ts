import { createRoute, z } from '@hono/zod-openapi'
import { getReconcileRun, listReconcileRuns, requestReconcile } from '../../domain/reconcile/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, body, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import {
  differenceKind,
  differenceResolution,
  differenceSeverity,
  newReconcile,
  reconcileRunJson,
  reconcileRunSchema,
  reconcileRunWithDifferences,
  reconcileRunWithDifferencesJson,
  reconcileStatus,
} from '../schemas/reconcile.ts'

const tags = ['Administration']

export const reconcileRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const start = createRoute({
    method: 'post',
    path: '/api/v1/admin/reconcile/',
    tags,
    summary: 'Compare a provider with what is kept here, and make it the same',
    description:
      'Answers 200 with a run that came to its end, else 202 after some seconds: it goes on in the background. A run that compares the same and has not ended is gone on with.',
    middleware: [access('platform', 'admin'), idempotent] as const,
    request: { body: body(newReconcile) },
    responses: {
      200: answer(reconcileRunSchema, 'It has ended'),
      202: answer(reconcileRunSchema, 'It goes on in the background'),
      ...problems,
    },
  })
  app.openapi(start, async (c) => {
    const { provider, organization_id: organizationId, dry_run: dryRun } = c.req.valid('json')
    const input = { provider, organizationId, dryRun, actor: c.get('credential').actor }
    const run = await requestReconcile(ctx, input)
    return c.json(reconcileRunJson(run), run.finishedAt === null ? 202 : 200)
  })

  const list = createRoute({
    method: 'get',
    path: '/api/v1/admin/reconcile/',
    tags,
    summary: 'Runs, newest first',
    middleware: [access('operator', 'admin')] as const,
    request: {
      query: pageQuery.extend({ provider: z.string().max(40).optional(), status: reconcileStatus.optional() }),
    },
    responses: { 200: answer(listOf(reconcileRunSchema, 'ReconcileRunList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const organizationId = c.get('organizationId') ?? undefined
    const page = await listReconcileRuns(ctx, { organizationId, ...c.req.valid('query') })
    return c.json(listJson(page, reconcileRunJson), 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/admin/reconcile/{id}/',
    tags,
    summary: 'One run, with a page of what it found',
    middleware: [access('platform', 'admin')] as const,
    request: {
      params: idParameter,
      query: pageQuery.extend({
        kind: differenceKind.optional(),
        severity: differenceSeverity.optional(),
        resolution: differenceResolution.optional(),
      }),
    },
    responses: { 200: answer(reconcileRunWithDifferences), ...problems },
  })
  app.openapi(get, async (c) => {
    const run = await getReconcileRun(ctx, { runId: c.req.valid('param').id, ...c.req.valid('query') })
    return c.json(reconcileRunWithDifferencesJson(run), 200)
  })
}
