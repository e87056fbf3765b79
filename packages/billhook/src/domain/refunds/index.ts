export { applyRefunded } from './apply-refunded.ts'
export { type RefundPaymentInput, type RefundResult, refundPayment } from './refund-payment.ts'
