import { createRoute } from '@hono/zod-openapi'
import {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookDeliveries,
  listWebhookEndpoints,
  recoverWebhooks,
  redeliverWebhook,
  rotateWebhookSecret,
  sendTestWebhook,
} from '../../outbox/index.ts'
import type { RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import {
  deleted,
  deliveryParameters,
  deliveryStatus,
  newWebhookEndpoint,
  recovered,
  recoverRequest,
  rotateSecretRequest,
  webhookDeliveryJson,
  webhookDeliverySchema,
  webhookEndpointChange,
  webhookEndpointJson,
  webhookEndpointSchema,
  webhookEndpointWithSecret,
  webhookTestJson,
  webhookTestSchema,
} from '../schemas/webhook-endpoint.ts'

const tags = ['Webhook endpoints']
const base = '/api/v1/webhook-endpoints/'

/** Of the organization that is named; a platform key that names none makes the platform's own and manages everybody's. */
export const webhookEndpointRoutes: RegisterRoutes = (app, tools) => {
  registerCreating(app, tools)
  registerReading(app, tools)
  registerChanging(app, tools)
  registerTrying(app, tools)
  registerDeliveries(app, tools)
}

/** Who asks, about which endpoint. */
interface Asked {
  get(key: 'organizationId'): string | null
  get(key: 'credential'): { actor: string }
}
const asked = (c: Asked, endpointId: string) => ({
  organizationId: c.get('organizationId'),
  actor: c.get('credential').actor,
  endpointId,
})

const registerCreating: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: base,
    tags,
    summary: 'Have BillingEvents sent to an address; the secret is answered once',
    middleware: [access('either', 'write'), idempotent] as const,
    request: { body: body(newWebhookEndpoint) },
    responses: { 201: answer(webhookEndpointWithSecret, 'Created'), ...conflictProblem, ...problems },
  })
  app.openapi(create, async (c) => {
    const { url, event_types: eventTypes, description } = c.req.valid('json')
    const organizationId = c.get('organizationId')
    const { actor } = c.get('credential')
    const made = await createWebhookEndpoint(ctx, { organizationId, url, eventTypes, description, actor })
    return c.json({ ...webhookEndpointJson(made.endpoint), secret: made.secret }, 201)
  })

  const rotate = createRoute({
    method: 'post',
    path: `${base}{id}/rotate-secret/`,
    tags,
    summary: 'A new secret, answered once; the old one signs along until the overlap ends',
    middleware: [access('either', 'write'), idempotent] as const,
    request: { params: idParameter, body: body(rotateSecretRequest) },
    responses: { 200: answer(webhookEndpointWithSecret), ...conflictProblem, ...problems },
  })
  app.openapi(rotate, async (c) => {
    const overlapHours = c.req.valid('json').overlap_hours
    const rotated = await rotateWebhookSecret(ctx, { ...asked(c, c.req.valid('param').id), overlapHours })
    return c.json({ ...webhookEndpointJson(rotated.endpoint), secret: rotated.secret }, 200)
  })
}

const registerReading: RegisterRoutes = (app, { ctx, access }) => {
  const list = createRoute({
    method: 'get',
    path: base,
    tags,
    summary: 'The organization’s endpoints, oldest first; everybody’s for a platform key that names no organization',
    middleware: [access('either', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(webhookEndpointSchema, 'WebhookEndpointList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const page = await listWebhookEndpoints(ctx, { organizationId: c.get('organizationId'), ...c.req.valid('query') })
    return c.json(listJson(page, webhookEndpointJson), 200)
  })

  const get = createRoute({
    method: 'get',
    path: `${base}{id}/`,
    tags,
    summary: 'One endpoint',
    middleware: [access('either', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(webhookEndpointSchema), ...problems },
  })
  app.openapi(get, async (c) =>
    c.json(webhookEndpointJson(await getWebhookEndpoint(ctx, asked(c, c.req.valid('param').id))), 200),
  )
}

const registerChanging: RegisterRoutes = (app, { ctx, access }) => {
  const change = createRoute({
    method: 'patch',
    path: `${base}{id}/`,
    tags,
    summary: 'Change what is given; disabling gives up what was still to be sent',
    middleware: [access('either', 'write')] as const,
    request: { params: idParameter, body: body(webhookEndpointChange) },
    responses: { 200: answer(webhookEndpointSchema), ...problems },
  })
  app.openapi(change, async (c) => {
    const { event_types: eventTypes, ...fields } = c.req.valid('json')
    const input = { ...asked(c, c.req.valid('param').id), ...fields, eventTypes }
    return c.json(webhookEndpointJson(await changeWebhookEndpoint(ctx, input)), 200)
  })

  const remove = createRoute({
    method: 'delete',
    path: `${base}{id}/`,
    tags,
    summary: 'Send nothing there any more, and forget its secrets',
    middleware: [access('either', 'write')] as const,
    request: { params: idParameter },
    responses: { 200: answer(deleted), ...problems },
  })
  app.openapi(remove, async (c) => {
    const { id } = c.req.valid('param')
    await deleteWebhookEndpoint(ctx, asked(c, id))
    return c.json({ id, deleted: true as const }, 200)
  })
}

const registerTrying: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const test = createRoute({
    method: 'post',
    path: `${base}{id}/test/`,
    tags,
    summary: 'Send a signed webhook.test now, and see what comes back',
    middleware: [access('either', 'write'), idempotent] as const,
    request: { params: idParameter },
    responses: { 200: answer(webhookTestSchema), ...problems },
  })
  app.openapi(test, async (c) =>
    c.json(webhookTestJson(await sendTestWebhook(ctx, asked(c, c.req.valid('param').id))), 200),
  )

  const recover = createRoute({
    method: 'post',
    path: `${base}{id}/recover/`,
    tags,
    summary: 'Send everything since a time that has not arrived: given up, or missed while it was disabled',
    middleware: [access('either', 'write'), idempotent] as const,
    request: { params: idParameter, body: body(recoverRequest) },
    responses: { 200: answer(recovered), ...conflictProblem, ...problems },
  })
  app.openapi(recover, async (c) => {
    const since = new Date(c.req.valid('json').since)
    return c.json(await recoverWebhooks(ctx, { ...asked(c, c.req.valid('param').id), since }), 200)
  })
}

const registerDeliveries: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const list = createRoute({
    method: 'get',
    path: `${base}{id}/deliveries/`,
    tags,
    summary: 'What was sent there and is to be, newest first, with every attempt',
    middleware: [access('either', 'read')] as const,
    request: { params: idParameter, query: pageQuery.extend({ status: deliveryStatus.optional() }) },
    responses: { 200: answer(listOf(webhookDeliverySchema, 'WebhookDeliveryList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const input = { ...asked(c, c.req.valid('param').id), ...c.req.valid('query') }
    return c.json(listJson(await listWebhookDeliveries(ctx, input), webhookDeliveryJson), 200)
  })

  const redeliver = createRoute({
    method: 'post',
    path: `${base}{id}/deliveries/{delivery_id}/redeliver/`,
    tags,
    summary: 'Send it once more, under the same webhook-id',
    middleware: [access('either', 'write'), idempotent] as const,
    request: { params: deliveryParameters },
    responses: { 200: answer(webhookDeliverySchema), ...conflictProblem, ...problems },
  })
  app.openapi(redeliver, async (c) => {
    const { id, delivery_id: deliveryId } = c.req.valid('param')
    return c.json(webhookDeliveryJson(await redeliverWebhook(ctx, { ...asked(c, id), deliveryId })), 200)
  })
}
