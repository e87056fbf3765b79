import { change, type EmulatorContext } from './emulator-context.ts'
import { closeInvoice } from './invoice-lifecycle.ts'
import type { Invoice, Subscription } from './objects.ts'

export function invoicesOf(context: EmulatorContext, subscriptionId: string): Invoice[] {
  return [...context.state.invoices.values()].filter(
    (invoice) => invoice.parent.subscription_details.subscription === subscriptionId,
  )
}

/** Ends a subscription for good. Open invoices stay open, but nobody collects them any more. */
export function endSubscription(context: EmulatorContext, subscription: Subscription, reason: string | null): void {
  const now = context.clock.seconds()
  const wasIncomplete = subscription.status === 'incomplete'
  subscription.status = 'canceled'
  subscription.ended_at = now
  subscription.canceled_at ??= now
  subscription.cancellation_details.reason ??= reason
  context.state.pendingLines.delete(subscription.id)
  for (const invoice of invoicesOf(context, subscription.id)) {
    if (invoice.status !== 'open' && invoice.status !== 'draft') continue
    if (wasIncomplete) closeInvoice(context, invoice, 'void')
    else stopCollecting(context, invoice)
  }
  context.emit('customer.subscription.deleted', subscription)
}

function stopCollecting(context: EmulatorContext, invoice: Invoice): void {
  change(context, invoice, 'invoice.updated', () => {
    invoice.auto_advance = false
    invoice.automatically_finalizes_at = null
    invoice.next_payment_attempt = null
  })
}

/** A first payment that never came: 23 hours after the start the subscription is over and its invoice void. */
export function expireIncomplete(context: EmulatorContext, subscription: Subscription): void {
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.status = 'incomplete_expired'
    subscription.ended_at = context.clock.seconds()
  })
  for (const invoice of invoicesOf(context, subscription.id)) {
    if (invoice.status === 'open') closeInvoice(context, invoice, 'void')
  }
}
