export type { Invoice, InvoiceLine } from '../../outbox/billing-event.ts'
export { getInvoice, listInvoices } from './get-invoice.ts'
