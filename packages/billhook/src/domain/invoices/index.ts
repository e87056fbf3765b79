export type { Invoice, InvoiceLine } from '../../outbox/billing-event.ts'
export { getInvoice, listInvoices } from './get-invoice.ts'
export { applyPaidInvoice, type PayInvoiceInput, type PayResult, payInvoice } from './pay-invoice.ts'
export { seekPayments } from './seek-payments.ts'
