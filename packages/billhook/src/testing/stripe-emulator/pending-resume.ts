import { change, type EmulatorContext } from './emulator-context.ts'
import { closeInvoice } from './invoice-lifecycle.ts'
import type { InvoiceLine, Subscription } from './objects.ts'

/** A resumption that waits for its invoice, 23 hours long. */
export interface PendingResume {
  invoice: string
  expiresAt: number
  /** Credits on that invoice, which wait again when nobody pays it. */
  lines: InvoiceLine[]
  start: () => void
}

/** Called when an invoice is paid: a subscription that waited for it runs from now on. */
export function applyPendingResume(context: EmulatorContext, subscription: Subscription, invoiceId: string): void {
  const pending = context.state.pendingResumes.get(subscription.id)
  if (pending?.invoice !== invoiceId) return
  context.state.pendingResumes.delete(subscription.id)
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.status = 'active'
    subscription.status_details = null
    pending.start()
  })
  context.emit('customer.subscription.resumed', subscription)
}

/** Nobody paid in time: the invoice is void, what it would have credited waits again. */
export function expirePendingResume(context: EmulatorContext, subscription: Subscription): void {
  const pending = context.state.pendingResumes.get(subscription.id)
  if (!pending) return
  context.state.pendingResumes.delete(subscription.id)
  if (pending.lines.length > 0) context.state.pendingLines.set(subscription.id, pending.lines)
  const invoice = context.state.invoices.get(pending.invoice)
  if (invoice?.status === 'open') closeInvoice(context, invoice, 'void')
}
