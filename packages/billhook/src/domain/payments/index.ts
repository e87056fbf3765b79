export { getPayment, getPaymentIn, listPayments } from './get-payment.ts'
export type { Payment, Refund } from './payment.ts'
export { findRefund } from './store.ts'
