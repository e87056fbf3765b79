import { collectInvoice } from './collect-invoice.ts'
import { periodEndOf } from './create-subscription.ts'
import { change, type EmulatorContext } from './emulator-context.ts'
import { closeInvoice, createInvoice, finalizeInvoice } from './invoice-lifecycle.ts'
import { periodLine } from './invoice-lines.ts'
import { markPaused } from './mark-paused.ts'
import { billUsage } from './meters.ts'
import type { Invoice, Subscription, SubscriptionItem } from './objects.ts'
import { paymentMethodOf } from './payment-methods.ts'
import { settleStatus } from './settle-status.ts'
import { endSubscription } from './subscription-end.ts'

/** Starts the next period of every item whose period is over, and bills it; a trial ends the same way. */
export function renewSubscription(context: EmulatorContext, subscription: Subscription): void {
  const now = context.clock.seconds()
  const isTrialEnd = subscription.status === 'trialing'
  if (isTrialEnd && paymentMethodOf(context, subscription) === null) {
    const { missing_payment_method: behavior } = subscription.trial_settings.end_behavior
    if (behavior === 'cancel') endSubscription(context, subscription, null)
    if (behavior === 'pause') markPaused(context, subscription, 'trial_end_without_payment_method')
    if (behavior !== 'create_invoice') return
  }
  change(context, subscription, 'customer.subscription.updated', () => {
    const due = subscription.items.data.filter((item) => item.current_period_end <= now)
    const start = Math.min(...due.map((item) => item.current_period_start))
    const over = due.filter(isMetered).map((item) => periodLine(context, subscription, item))
    for (const item of due) {
      item.current_period_start = item.current_period_end
      item.current_period_end = periodEndOf(item.price, subscription.billing_cycle_anchor, item.current_period_start)
    }
    if (isTrialEnd) subscription.status = 'active'
    const billedAhead = due.filter((item) => !isMetered(item))
    // A period end moves with the period; `cancel_at_period_end` never gets here, its end came first.
    const waiting = context.state.pendingLines.get(subscription.id) ?? []
    context.state.pendingLines.delete(subscription.id)
    const invoice = createInvoice(context, subscription, {
      reason: 'subscription_cycle',
      lines: [...waiting, ...over, ...billedAhead.map((item) => periodLine(context, subscription, item))],
      period: { start, end: now },
      isAutomatic: subscription.status !== 'unpaid' && subscription.pause_collection === null,
    })
    subscription.latest_invoice = invoice.id
  })
  holdBack(context, subscription, context.state.invoices.get(subscription.latest_invoice ?? ''))
}

/** Billed when the period is over. */
const isMetered = ({ price }: SubscriptionItem): boolean => price.recurring?.usage_type === 'metered'

/** A renewal that a request asked for is collected within it; there is no draft to wait for. */
export function renewAndCollect(context: EmulatorContext, subscription: Subscription): void {
  renewSubscription(context, subscription)
  const invoice = context.state.invoices.get(subscription.latest_invoice ?? '')
  if (invoice?.status === 'draft' && invoice.auto_advance) finalizeAndCollect(context, subscription, invoice)
}

export function finalizeAndCollect(context: EmulatorContext, subscription: Subscription, invoice: Invoice): void {
  billUsage(context, subscription, invoice)
  finalizeInvoice(context, invoice)
  collectInvoice(context, invoice, paymentMethodOf(context, subscription))
  settleStatus(context, subscription)
}

/** What `pause_collection` does with an invoice instead of collecting it. */
function holdBack(context: EmulatorContext, subscription: Subscription, invoice: Invoice | undefined): void {
  const behavior = subscription.pause_collection?.behavior
  if (!invoice || !behavior || behavior === 'keep_as_draft') return
  finalizeInvoice(context, invoice)
  closeInvoice(context, invoice, behavior === 'void' ? 'void' : 'uncollectible')
}
