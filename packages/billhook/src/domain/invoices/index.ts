export type { Invoice, InvoiceLine } from '../../outbox/index.ts'
export { getInvoice, listInvoices } from './get-invoice.ts'
