import { createRoute, z } from '@hono/zod-openapi'
import { BillhookError } from '../../primitives/index.ts'
import { receiveWebhook } from '../../webhooks/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, problems } from '../schemas/common.ts'

const path = '/api/v1/billing/webhooks/{provider}/'
const honoPath = '/api/v1/billing/webhooks/:provider/'

/** The door for every provider's deliveries: raw bytes in, no credential but the provider's own signature. */
export const webhookRoutes: RegisterRoutes = (app, { ctx }) => {
  const receive = createRoute({
    method: 'post',
    path,
    tags: ['Webhooks'],
    summary: 'Where a provider delivers its events',
    security: [],
    request: { params: z.object({ provider: z.string() }) },
    responses: {
      200: answer(z.object({ received: z.literal(true), duplicate: z.boolean() }).openapi('WebhookReceipt')),
      ...problems,
    },
  })
  // Registered by hand: a provider may want an answer of its own shape.
  app.openAPIRegistry.registerPath(receive)
  app.post(honoPath, async (c) => {
    const account = ctx.providers.getProvider(c.req.param('provider'))
    const input = { provider: account.providerName, rawBody: c.get('rawBody'), headers: c.req.raw.headers }
    try {
      const { duplicate } = await receiveWebhook(ctx, input)
      return account.webhookReply?.('received') ?? c.json({ received: true, duplicate }, 200)
    } catch (error) {
      const isInvalid = error instanceof BillhookError && error.code === 'invalid_signature'
      if (isInvalid && account.webhookReply) return account.webhookReply('invalid')
      throw error
    }
  })

  app.all(honoPath, (c) => {
    const provider = ctx.providers.getProvider(c.req.param('provider'))
    if (c.req.method === 'GET' && provider.webhookChallenge) return provider.webhookChallenge(c.req.raw)
    c.header('allow', 'POST')
    throw new BillhookError('method_not_allowed', 'Webhooks are sent with POST.', { status: 405 })
  })
}
