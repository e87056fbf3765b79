export { type ConsumeInput, type Consumption, consume } from './consume.ts'
export { forgetUsage } from './forget-usage.ts'
export { type GetUsageInput, getUsage, type Usage } from './get-usage.ts'
export {
  type RecordUsageInput,
  recordUnknown,
  recordUsage,
  requireCounted,
  type UsageReceipt,
} from './record-usage.ts'
export type { Reservation } from './reservation.ts'
export { type ReserveInput, type ReserveResult, reserve } from './reserve.ts'
export { getReservation, releaseReservation, settleReservation } from './settle-reservation.ts'
export type { UnknownEvent, UsageEventInput } from './usage-event.ts'
