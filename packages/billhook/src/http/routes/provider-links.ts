import { createRoute, z } from '@hono/zod-openapi'
import { createProviderPortalLink, updatePaymentMethod } from '../../domain/subscriptions/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, problems } from '../schemas/common.ts'
import { webUrl } from '../schemas/web-url.ts'

const linkRequest = z.strictObject({ return_url: webUrl }).openapi('ProviderLinkRequest')
const linkSchema = z.object({ url: z.string().openapi({ description: 'For one visit, now' }) }).openapi('ProviderLink')

/** Links that lead to the provider's own pages. */
export const providerLinkRoutes: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const routeTo = <P extends string>(path: P, summary: string) =>
    createRoute({
      method: 'post',
      path,
      tags: ['Subscriptions'],
      summary,
      middleware: [access('organization', 'write'), idempotent] as const,
      request: { params: idParameter, body: body(linkRequest) },
      responses: { 200: answer(linkSchema), ...conflictProblem, ...problems },
    })

  const updateCard = routeTo(
    '/api/v1/subscriptions/{id}/update-payment-method/',
    'Where the customer gives another card',
  )
  app.openapi(updateCard, async (c) => {
    const target = { organizationId: organizationOf(c), subscriptionId: c.req.valid('param').id }
    return c.json(await updatePaymentMethod(ctx, { ...target, returnUrl: c.req.valid('json').return_url }), 200)
  })

  const portal = routeTo('/api/v1/subscriptions/{id}/provider-portal/', 'The provider’s own pages for the customer')
  app.openapi(portal, async (c) => {
    const target = { organizationId: organizationOf(c), subscriptionId: c.req.valid('param').id }
    return c.json(await createProviderPortalLink(ctx, { ...target, returnUrl: c.req.valid('json').return_url }), 200)
  })
}
