import { createRoute, z } from '@hono/zod-openapi'
import { consume, getReservation, releaseReservation, reserve, settleReservation } from '../../domain/usage/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, body, conflictProblem, idParameter, problems } from '../schemas/common.ts'
import { entitlementJson } from '../schemas/entitlement.ts'
import {
  consumeRequest,
  consumptionSchema,
  reservationJson,
  reservationSchema,
  reserveAnswer,
  reserveRequest,
  settleRequest,
} from '../schemas/reservation.ts'

const tags = ['Entitlements']
const feature = z.object({ feature: z.string().min(1).max(100) })

export const reservationRoutes: RegisterRoutes = (app, tools) => {
  registerTaking(app, tools)
  registerEnding(app, tools)
}

const registerTaking: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const take = createRoute({
    method: 'post',
    path: '/api/v1/entitlements/{feature}/consume/',
    tags,
    summary: 'Use up some of a limit, or none: one atomic check and add',
    middleware: [access('organization', 'usage'), idempotent] as const,
    request: { params: feature, body: body(consumeRequest) },
    responses: { 200: answer(consumptionSchema), ...conflictProblem, ...problems },
  })
  app.openapi(take, async (c) => {
    const input = { organizationId: organizationOf(c), ...c.req.valid('param'), ...c.req.valid('json') }
    const consumption = await consume(ctx, input)
    return c.json({ ...entitlementJson(consumption), duplicate: consumption.isDuplicate }, 200)
  })

  const hold = createRoute({
    method: 'post',
    path: '/api/v1/entitlements/{feature}/reserve/',
    tags,
    summary: 'Hold room for work whose size is known later',
    middleware: [access('organization', 'usage'), idempotent] as const,
    request: { params: feature, body: body(reserveRequest) },
    responses: { 200: answer(reserveAnswer), ...conflictProblem, ...problems },
  })
  app.openapi(hold, async (c) => {
    const { expires_in_seconds: expiresInSeconds, ...wanted } = c.req.valid('json')
    const input = { organizationId: organizationOf(c), ...c.req.valid('param'), ...wanted, expiresInSeconds }
    const { reservation, entitlement } = await reserve(ctx, input)
    return c.json(
      { reservation: reservation && reservationJson(reservation), entitlement: entitlementJson(entitlement) },
      200,
    )
  })
}

const registerEnding: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const get = createRoute({
    method: 'get',
    path: '/api/v1/reservations/{id}/',
    tags,
    summary: 'One reservation',
    middleware: [access('organization', 'usage')] as const,
    request: { params: idParameter },
    responses: { 200: answer(reservationSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: organizationOf(c), reservationId: c.req.valid('param').id }
    return c.json(reservationJson(await getReservation(ctx, input)), 200)
  })

  const settle = createRoute({
    method: 'post',
    path: '/api/v1/reservations/{id}/settle/',
    tags,
    summary: 'Count what the work has taken, and give back the rest',
    middleware: [access('organization', 'usage'), idempotent] as const,
    request: { params: idParameter, body: body(settleRequest) },
    responses: { 200: answer(reservationSchema), ...conflictProblem, ...problems },
  })
  app.openapi(settle, async (c) => {
    const input = { organizationId: organizationOf(c), reservationId: c.req.valid('param').id, ...c.req.valid('json') }
    return c.json(reservationJson(await settleReservation(ctx, input)), 200)
  })

  const release = createRoute({
    method: 'post',
    path: '/api/v1/reservations/{id}/release/',
    tags,
    summary: 'Give back all that is held',
    middleware: [access('organization', 'usage'), idempotent] as const,
    request: { params: idParameter },
    responses: { 200: answer(reservationSchema), ...conflictProblem, ...problems },
  })
  app.openapi(release, async (c) => {
    const input = { organizationId: organizationOf(c), reservationId: c.req.valid('param').id }
    return c.json(reservationJson(await releaseReservation(ctx, input)), 200)
  })
}
