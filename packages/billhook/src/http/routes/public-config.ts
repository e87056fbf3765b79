import { createRoute } from '@hono/zod-openapi'
import type { RegisterRoutes } from '../env.ts'
import { answer, problems } from '../schemas/common.ts'
import { publicConfigSchema } from '../schemas/public-config.ts'

export const publicConfigRoutes: RegisterRoutes = (app, { ctx, options }) => {
  const get = createRoute({
    method: 'get',
    path: '/api/v1/config/',
    tags: ['Configuration'],
    summary: 'What a page may know without a credential',
    security: [],
    responses: { 200: answer(publicConfigSchema), ...problems },
  })
  app.openapi(get, (c) =>
    c.json(
      {
        default_provider: ctx.providers.names.length === 0 ? null : ctx.providers.defaultName,
        providers: ctx.providers.all().map((provider) => ({
          name: provider.providerName,
          display_name: provider.displayName ?? null,
          publishable_key: provider.publishableKey ?? null,
        })),
        demo: options.isDemo ?? false,
      },
      200,
    ),
  )
}
