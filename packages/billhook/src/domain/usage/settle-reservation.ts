import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import {
  conflict,
  InvariantError,
  invalid,
  notFound,
  parseQuantity,
  type Quantity,
  quantityNumber,
  quantityText,
} from '../../primitives/index.ts'
import { limitInForce, roomFor } from '../entitlements/index.ts'
import { isMetered, requireEvent } from './consume.ts'
import { countEvent, type Ledger, useInLedger } from './ledger.ts'
import type { Reservation } from './reservation.ts'
import { endReservation, findReservation } from './reservation-store.ts'
import { isRefusal, parseEvent, type SaidEvent } from './usage-event.ts'
import { writeUsage } from './write-usage.ts'

export interface ReservationInput {
  organizationId: string
  reservationId: string
}

/** Error: `reservation_not_found` (404). */
export async function getReservation(
  ctx: Context,
  { organizationId, reservationId }: ReservationInput,
): Promise<Reservation> {
  const found = await inOrganization(ctx.db, organizationId, (scope) => findReservation(scope, reservationId))
  if (!found) throw reservationNotFound()
  return found
}

const reservationNotFound = () => notFound('reservation_not_found', 'There is no such reservation.')

/**
 * Counts what the work has taken in the end, under the reservation's id, and gives back the rest. What was held always counts; more than that,
 * and anything after it expired, counts where there is room.
 * Errors: `reservation_not_found` (404), `invalid_quantity` (400), `limit_reached` (409), `reservation_over` (409) where it ended otherwise.
 */
export async function settleReservation(
  ctx: Context,
  input: ReservationInput & { quantity: number | string },
): Promise<Reservation> {
  const quantity = parseQuantity(input.quantity)
  if (quantity === null) throw invalid('invalid_quantity', 'quantity is a number from 0, with at most six decimals.')
  const { eventId } = await getReservation(ctx, input)
  return writeUsage(ctx, input.organizationId, {
    eventIds: [eventId],
    decide: async (ledger) => settle(ledger, await requireReservation(ledger, input.reservationId), quantity),
  })
}

/** Gives back all of it; one that is released already stays so. Errors: `reservation_not_found` (404), `reservation_over` (409) once settled. */
export async function releaseReservation(ctx: Context, input: ReservationInput): Promise<Reservation> {
  return writeUsage(ctx, input.organizationId, {
    eventIds: [],
    decide: async (ledger) => {
      const reservation = await requireReservation(ledger, input.reservationId)
      if (reservation.status === 'settled') throw isOver(reservation)
      return reservation.status === 'held'
        ? end(ledger, reservation, { status: 'released', settledQuantity: null })
        : reservation
    },
  })
}

async function requireReservation({ scope }: Ledger, id: string): Promise<Reservation> {
  const reservation = await findReservation(scope, id)
  if (!reservation) throw reservationNotFound()
  return reservation
}

async function settle(ledger: Ledger, reservation: Reservation, quantity: Quantity): Promise<Reservation> {
  if (reservation.status === 'settled' && reservation.settledQuantity === quantity) return reservation
  if (reservation.status !== 'held') throw isOver(reservation)
  if (quantity > 0n) await countSettled(ledger, reservation, quantity)
  return end(ledger, reservation, { status: 'settled', settledQuantity: quantity })
}

/** The work is done already: it is not asked again whether the feature is given. */
async function countSettled(ledger: Ledger, reservation: Reservation, quantity: Quantity): Promise<void> {
  const limit = limitInForce(reservation.feature, ledger.rights)
  const meter = [...ledger.rights.meters.values()].find(({ id }) => id === reservation.meterId)
  if (!meter) throw new InvariantError(`meter ${reservation.meterId} is gone, and meters never go`)
  const ruling = isMetered(limit) && limit.meter.id === meter.id ? limit : null
  const event = await requireEvent(
    ledger,
    { ...unlimited(reservation.feature), ...ruling, meter },
    saidOf(reservation, quantity),
  )
  if (event === 'duplicate')
    throw conflict('usage_conflict', 'This id was counted already, and not by its reservation.')
  const own = isHolding(ledger, reservation) ? reservation.quantity : 0n
  if (ruling && quantity > own) {
    const use = await useInLedger(ledger, ruling)
    const room = roomFor(ruling, { ...use, held: use.held - own })
    if (room !== null && quantity > room)
      throw conflict('limit_reached', 'More was used than is left: settle what was reserved.', {
        reserved: quantityNumber(own),
      })
  }
  countEvent(ledger, event)
}

/** What rules a feature that no plan gives any more. */
const unlimited = (feature: string) => ({
  ...{ feature, amount: null, window: null, isSoft: false, thresholds: [] },
  ...{ above: 'block' as const, source: 'plan' as const },
})

function saidOf({ eventId, properties }: Reservation, quantity: Quantity): SaidEvent {
  const said = parseEvent({
    ...{ id: eventId, meter: '', quantity: quantityText(quantity) },
    ...{ occurredAt: undefined, properties },
  })
  if (isRefusal(said)) throw new InvariantError('a reservation was made of an event that is none')
  return said
}

const isHolding = ({ receivedAt }: Ledger, { status, expiresAt }: Reservation): boolean =>
  status === 'held' && expiresAt > receivedAt

async function end(
  ledger: Ledger,
  reservation: Reservation,
  how: Pick<Reservation, 'status' | 'settledQuantity'>,
): Promise<Reservation> {
  const { scope, held, receivedAt } = ledger
  await endReservation(scope, { id: reservation.id, ...how, endedAt: receivedAt })
  const rest = (held.get(reservation.meterId) ?? 0n) - (isHolding(ledger, reservation) ? reservation.quantity : 0n)
  held.set(reservation.meterId, rest)
  return { ...reservation, ...how, endedAt: receivedAt }
}

const isOver = ({ id, status }: Reservation) =>
  conflict('reservation_over', `The reservation was ${status} already.`, { reservation_id: id, status })
