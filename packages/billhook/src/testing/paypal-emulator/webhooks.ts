import { z } from 'zod'
import { invalidField, notFound, PaypalApiError } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import { eventTypes } from './event-types.ts'
import type { Webhook } from './objects.ts'
import { applyPatches, type PatchTable } from './patch.ts'
import { rawMember } from './raw-member.ts'
import { readBody } from './read-body.ts'
import { linkTo } from './render-catalog.ts'
import { type ApiCall, type ApiResult, done, type Route } from './route.ts'
import { patchBody } from './schemas.ts'
import { isGenuine } from './webhook-signing.ts'

const path = '/v1/notifications/webhooks'
const secureUrl = z.url({ protocol: /^https$/ }).max(2048)
const names = z
  .array(z.strictObject({ name: z.string().refine((name) => name === '*' || eventTypes.includes(name)) }))
  .min(1)

const webhookBody = z.strictObject({ url: secureUrl, event_types: names })

const verifyBody = z.strictObject({
  auth_algo: z.string().max(100),
  cert_url: z.string().max(500),
  transmission_id: z.string().max(50),
  transmission_sig: z.string().max(500),
  transmission_time: z.string().max(100),
  webhook_id: z.string().max(50),
  webhook_event: z.looseObject({}),
})

const patchable: PatchTable<Webhook> = {
  '/url': { ops: ['replace'], value: secureUrl, set: (webhook, url) => Object.assign(webhook, { url }) },
  '/event_types': {
    ops: ['replace'],
    value: names,
    set: (webhook, event_types) => Object.assign(webhook, { event_types }),
  },
}

export const webhookRoutes: readonly Route[] = [
  { method: 'POST', path, answer: (context, { body }) => registerWebhook(context, body) },
  {
    method: 'GET',
    path,
    query: ['anchor_type'],
    answer: (context) => {
      const webhooks = [...context.state.webhooks.values()].map((webhook) => renderWebhook(context, webhook))
      return { status: 200, body: { webhooks } }
    },
  },
  {
    method: 'GET',
    path: `${path}/:id`,
    answer: (context, { ids }) => ({ status: 200, body: renderWebhook(context, webhookNamed(context, ids.id)) }),
  },
  {
    method: 'PATCH',
    path: `${path}/:id`,
    answer: (context, { ids, body }) => {
      const webhook = webhookNamed(context, ids.id)
      applyPatches(webhook, readBody(patchBody, body), patchable)
      return { status: 200, body: renderWebhook(context, webhook) }
    },
  },
  {
    method: 'DELETE',
    path: `${path}/:id`,
    answer: (context, { ids }) => {
      context.state.webhooks.delete(webhookNamed(context, ids.id).id)
      return done
    },
  },
  { method: 'POST', path: '/v1/notifications/verify-webhook-signature', answer: verifySignature },
]

function webhookNamed({ state }: EmulatorContext, id = ''): Webhook {
  return demand(state.webhooks, id, notFound)
}

function registerWebhook(context: EmulatorContext, body: unknown): ApiResult {
  const { url, event_types } = readBody(webhookBody, body)
  if ([...context.state.webhooks.values()].some((other) => other.url === url)) {
    throw new PaypalApiError(400, 'WEBHOOK_URL_ALREADY_EXISTS', 'There is a webhook for this URL.')
  }
  const webhook: Webhook = { id: context.ids.next('', 17), url, event_types }
  context.state.webhooks.set(webhook.id, webhook)
  return { status: 201, body: renderWebhook(context, webhook) }
}

function renderWebhook(context: EmulatorContext, webhook: Webhook): Record<string, unknown> {
  const own = `${path}/${webhook.id}`
  return {
    ...webhook,
    links: [linkTo(context, own), linkTo(context, own, 'update', 'PATCH'), linkTo(context, own, 'delete', 'DELETE')],
  }
}

/** Of the event's bytes as they stand in the request. */
function verifySignature(context: EmulatorContext, { body, raw }: ApiCall): ApiResult {
  const facts = readBody(verifyBody, body)
  if (!context.state.webhooks.has(facts.webhook_id)) {
    throw invalidField('/webhook_id', 'INVALID_PARAMETER_VALUE', facts.webhook_id)
  }
  const isTrue = isGenuine(
    {
      authAlgo: facts.auth_algo,
      certUrl: facts.cert_url,
      id: facts.transmission_id,
      time: facts.transmission_time,
      signature: facts.transmission_sig,
      webhookId: facts.webhook_id,
    },
    rawMember(raw, 'webhook_event') ?? '',
  )
  return { status: 200, body: { verification_status: isTrue ? 'SUCCESS' : 'FAILURE' } }
}
