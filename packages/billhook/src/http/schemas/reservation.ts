import { z } from '@hono/zod-openapi'
import type { Reservation } from '../../domain/usage/index.ts'
import { quantityNumber } from '../../primitives/index.ts'
import { instant, iso, isoOrNull } from './common.ts'
import { entitlementSchema } from './entitlement.ts'
import { properties, quantity } from './usage.ts'

const wanted = {
  id: z.string().openapi({ description: 'Yours: the same one consumes once' }),
  quantity: quantity.optional().openapi({ description: '1 when left out' }),
  properties: properties.optional(),
}
export const consumeRequest = z.strictObject(wanted).openapi('ConsumeRequest')
export const consumptionSchema = entitlementSchema
  .extend({
    allowed: z.boolean().openapi({ description: 'Whether it was consumed' }),
    duplicate: z.boolean().openapi({ description: 'It was consumed before, under this id' }),
  })
  .openapi('Consumption')

export const reserveRequest = z
  .strictObject({ ...wanted, expires_in_seconds: z.int().optional().openapi({ description: '3600 when left out' }) })
  .openapi('ReserveRequest')
export const settleRequest = z.strictObject({ quantity }).openapi('SettleRequest')

export const reservationSchema = z
  .object({
    id: z.string(),
    feature: z.string(),
    event_id: z.string(),
    quantity: z.number(),
    status: z.enum(['held', 'settled', 'released']),
    settled_quantity: z.number().nullable(),
    expires_at: instant.openapi({ description: 'From then on it holds nothing' }),
    created_at: instant,
    ended_at: instant.nullable(),
  })
  .openapi('Reservation')
export const reserveAnswer = z
  .object({
    reservation: reservationSchema.nullable().openapi({ description: 'Null: there is no room' }),
    entitlement: entitlementSchema,
  })
  .openapi('ReserveAnswer')

export const reservationJson = (reservation: Reservation): z.infer<typeof reservationSchema> => ({
  id: reservation.id,
  feature: reservation.feature,
  event_id: reservation.eventId,
  quantity: quantityNumber(reservation.quantity),
  status: reservation.status,
  settled_quantity: reservation.settledQuantity === null ? null : quantityNumber(reservation.settledQuantity),
  expires_at: iso(reservation.expiresAt),
  created_at: iso(reservation.createdAt),
  ended_at: isoOrNull(reservation.endedAt),
})
