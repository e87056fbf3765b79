import type { reservationStatuses } from '../../db/schema/index.ts'
import type { Quantity } from '../../primitives/index.ts'
import type { UsageProperties } from '../meters/index.ts'

/** Room held for work whose size is known later. */
export interface Reservation {
  id: string
  organizationId: string
  feature: string
  meterId: string
  /** The sender's name, which the usage will have. */
  eventId: string
  quantity: Quantity
  properties: UsageProperties
  status: (typeof reservationStatuses)[number]
  settledQuantity: Quantity | null
  /** By the wall clock: from then on it holds nothing. */
  expiresAt: Date
  createdAt: Date
  endedAt: Date | null
}
