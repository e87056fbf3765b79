import type { invoiceLines, invoices } from '../../db/schema/index.ts'

export type InvoiceRow = typeof invoices.$inferSelect
export type InvoiceLineRow = typeof invoiceLines.$inferSelect
