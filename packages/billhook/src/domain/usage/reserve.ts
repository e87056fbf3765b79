import type { Context } from '../../context.ts'
import { conflict, invalid } from '../../primitives/index.ts'
import { decideEntitlement, type Entitlement, limitInForce } from '../entitlements/index.ts'
import {
  type ConsumeInput,
  fits,
  isMetered,
  type MeteredLimit,
  refused,
  refuseUnmetered,
  requireEvent,
  requireSaid,
} from './consume.ts'
import { type Ledger, useInLedger } from './ledger.ts'
import type { Reservation } from './reservation.ts'
import { findReservationOf, insertReservation } from './reservation-store.ts'
import type { SaidEvent } from './usage-event.ts'
import { writeUsage } from './write-usage.ts'

export interface ReserveInput extends ConsumeInput {
  /** An hour when left out; at most seven days. */
  expiresInSeconds?: number | undefined
}

/** `reservation` null: there is no room, and nothing is held. */
export interface ReserveResult {
  reservation: Reservation | null
  entitlement: Entitlement
}

const longestSeconds = 7 * 86_400

/**
 * Holds room for work whose size is known later: at most `quantity`. Nobody else can use it until it is settled, released or expired. The
 * same id again answers the same reservation.
 * Errors: those of `consume`; `invalid_expiry` (400); `reservation_conflict` (409) for an id that was reserved otherwise, or is over.
 */
export async function reserve(ctx: Context, input: ReserveInput): Promise<ReserveResult> {
  const said = requireSaid(input)
  const { expiresInSeconds = 3_600 } = input
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > longestSeconds)
    throw invalid('invalid_expiry', `A reservation lasts 1 to ${longestSeconds} whole seconds.`)
  return writeUsage(ctx, input.organizationId, {
    eventIds: [said.id],
    decide: (ledger) => decideReservation(ledger, { feature: input.feature, said, expiresInSeconds }),
  })
}

interface Wanted {
  feature: string
  said: SaidEvent
  expiresInSeconds: number
}

async function decideReservation(ledger: Ledger, wanted: Wanted): Promise<ReserveResult> {
  const { feature, said } = wanted
  const limit = limitInForce(feature, ledger.rights)
  if (!isMetered(limit)) return { reservation: null, entitlement: refuseUnmetered(ledger, feature, limit) }
  const event = await requireEvent(ledger, limit, said)
  if (event === 'duplicate') throw conflict('usage_conflict', 'This id was counted already.')
  const use = await useInLedger(ledger, limit)
  const known = await findReservationOf(ledger.scope, { meterId: limit.meter.id, eventId: said.id })
  if (known) {
    requireSame(known, wanted, ledger.receivedAt)
    return { reservation: known, entitlement: decideEntitlement(feature, ledger.rights, limit, use) }
  }
  if (!fits(ledger, limit, use, event))
    return { reservation: null, entitlement: refused(decideEntitlement(feature, ledger.rights, limit, use)) }
  const reservation = await hold(ledger, limit, wanted)
  const now = { ...use, held: use.held + said.quantity }
  return { reservation, entitlement: { ...decideEntitlement(feature, ledger.rights, limit, now), allowed: true } }
}

async function hold(
  ledger: Ledger,
  { meter, feature }: MeteredLimit,
  { said, expiresInSeconds }: Wanted,
): Promise<Reservation> {
  const { ctx, scope, receivedAt, held } = ledger
  const reservation: Reservation = {
    ...{ id: ctx.ids.next('reservation'), organizationId: scope.organizationId, feature, meterId: meter.id },
    ...{ eventId: said.id, quantity: said.quantity, properties: said.properties, status: 'held' },
    ...{ settledQuantity: null, createdAt: receivedAt, endedAt: null },
    expiresAt: new Date(receivedAt.getTime() + expiresInSeconds * 1_000),
  }
  await insertReservation(scope, reservation)
  held.set(meter.id, (held.get(meter.id) ?? 0n) + said.quantity)
  return reservation
}

function requireSame({ status, quantity, feature, expiresAt, id }: Reservation, wanted: Wanted, now: Date): void {
  const isSame = quantity === wanted.said.quantity && feature === wanted.feature
  if (isSame && status === 'held' && expiresAt > now) return
  throw conflict(
    'reservation_conflict',
    isSame ? 'The reservation of this id is over.' : 'This id was reserved otherwise.',
    {
      reservation_id: id,
    },
  )
}
