import { createRoute, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { Context } from '../../context.ts'
import { BillhookError } from '../../primitives/index.ts'
import { receiveWebhook } from '../../webhooks/index.ts'
import type { App, Env, RegisterRoutes } from '../env.ts'
import { normalizePath } from '../normalize-path.ts'
import { answer, problems } from '../schemas/common.ts'

const path = '/api/v1/billing/webhooks/{provider}/'
const honoPath = '/api/v1/billing/webhooks/:provider/'

/** The door for every provider's deliveries: raw bytes in, no credential but the provider's own signature. */
export const webhookRoutes: RegisterRoutes = (app, { ctx, options }) => {
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
  openDoor(app, ctx, honoPath, (c) => c.req.param('provider') ?? '')
  for (const [other, provider] of Object.entries(options.webhookPaths ?? {})) {
    openDoor(app, ctx, normalizePath(other), () => provider)
  }
}

/** One address of the door; `nameOf` says whose deliveries come here. */
function openDoor(app: App, ctx: Context, at: string, nameOf: (c: RequestContext<Env>) => string): void {
  app.post(at, async (c) => {
    const account = ctx.providers.getProvider(nameOf(c))
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

  app.all(at, (c) => {
    const provider = ctx.providers.getProvider(nameOf(c))
    if (c.req.method === 'GET' && provider.webhookChallenge) return provider.webhookChallenge(c.req.raw)
    c.header('allow', 'POST')
    throw new BillhookError('method_not_allowed', 'Webhooks are sent with POST.', { status: 405 })
  })
}
