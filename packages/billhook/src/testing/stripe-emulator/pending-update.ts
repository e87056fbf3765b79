import { change, type EmulatorContext } from './emulator-context.ts'
import { closeInvoice } from './invoice-lifecycle.ts'
import type { Subscription } from './objects.ts'

/** A change that waits for its invoice (`payment_behavior: pending_if_incomplete`), 23 hours long. */
export interface PendingUpdate {
  invoice: string
  expiresAt: number
  apply: () => void
}

export function holdPendingUpdate(
  context: EmulatorContext,
  subscription: Subscription,
  pending: PendingUpdate,
  items: ReadonlyArray<Record<string, unknown>>,
): void {
  context.state.pendingUpdates.set(subscription.id, pending)
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.latest_invoice = pending.invoice
    subscription.pending_update = {
      billing_cycle_anchor: null,
      discounts: null,
      expires_at: pending.expiresAt,
      metadata: null,
      subscription_items: structuredClone(items),
      trial_end: null,
      trial_from_plan: null,
    }
  })
}

/** Ends the wait: the change happens, or its invoice is void and it never will. */
export function clearPendingUpdate(
  context: EmulatorContext,
  subscription: Subscription,
  outcome: 'applied' | 'expired',
): void {
  const pending = context.state.pendingUpdates.get(subscription.id)
  if (!pending) return
  context.state.pendingUpdates.delete(subscription.id)
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.pending_update = null
    if (outcome === 'applied') pending.apply()
  })
  const invoice = context.state.invoices.get(pending.invoice)
  if (outcome === 'expired' && invoice?.status === 'open') closeInvoice(context, invoice, 'void')
  context.emit(`customer.subscription.pending_update_${outcome}`, subscription)
}

/** Called when an invoice is paid: a change that waited for it is applied. */
export function applyPendingUpdate(context: EmulatorContext, subscription: Subscription, invoiceId: string): void {
  if (context.state.pendingUpdates.get(subscription.id)?.invoice === invoiceId) {
    clearPendingUpdate(context, subscription, 'applied')
  }
}
