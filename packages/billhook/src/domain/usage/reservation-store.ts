import { and, eq } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { usageReservations } from '../../db/schema/index.ts'
import { quantityFromText, quantityText } from '../../primitives/index.ts'
import type { Reservation } from './reservation.ts'

const toReservation = ({ quantity, settledQuantity, ...row }: typeof usageReservations.$inferSelect): Reservation => ({
  ...row,
  quantity: quantityFromText(quantity),
  settledQuantity: settledQuantity === null ? null : quantityFromText(settledQuantity),
})

export async function insertReservation(scope: OrganizationScope, reservation: Reservation): Promise<void> {
  const { quantity, ...row } = reservation
  await scope.tx.insert(usageReservations).values({ ...row, quantity: quantityText(quantity), settledQuantity: null })
}

export async function findReservation(scope: OrganizationScope, id: string): Promise<Reservation | null> {
  const [row] = await scope.tx
    .select()
    .from(usageReservations)
    .where(and(eq(usageReservations.organizationId, scope.organizationId), eq(usageReservations.id, id)))
  return row ? toReservation(row) : null
}

export async function findReservationOf(
  scope: OrganizationScope,
  { meterId, eventId }: Pick<Reservation, 'meterId' | 'eventId'>,
): Promise<Reservation | null> {
  const [row] = await scope.tx
    .select()
    .from(usageReservations)
    .where(
      and(
        eq(usageReservations.organizationId, scope.organizationId),
        eq(usageReservations.meterId, meterId),
        eq(usageReservations.eventId, eventId),
      ),
    )
  return row ? toReservation(row) : null
}

export async function endReservation(
  scope: OrganizationScope,
  { id, status, settledQuantity, endedAt }: Pick<Reservation, 'id' | 'status' | 'settledQuantity' | 'endedAt'>,
): Promise<void> {
  const settled = settledQuantity === null ? null : quantityText(settledQuantity)
  await scope.tx
    .update(usageReservations)
    .set({ status, settledQuantity: settled, endedAt })
    .where(and(eq(usageReservations.organizationId, scope.organizationId), eq(usageReservations.id, id)))
}
