import { invalidRequest } from './api-error.ts'
import { collectInvoice } from './collect-invoice.ts'
import { periodEndOf } from './create-subscription.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { createInvoice, finalizeInvoice } from './invoice-lifecycle.ts'
import { periodLine, prorationLine } from './invoice-lines.ts'
import { markPaused } from './mark-paused.ts'
import type { Subscription } from './objects.ts'
import { paymentMethodOf } from './payment-methods.ts'
import { finalizeAndCollect } from './renew-subscription.ts'
import { settleStatus } from './settle-status.ts'

const pendingSeconds = 23 * 3600
const unusedFrom = ['item_current_period_start', 'none', 'now'] as const

/** `POST /v1/subscriptions/{id}/pause`: no invoices and no new period until it is resumed. */
export function pauseSubscription(
  context: EmulatorContext,
  subscription: Subscription,
  params: FormReader,
): Subscription {
  params.oneOf('type', ['subscription'] as const)
  checkPausable(subscription)
  const from = params.hash('bill_for')?.hash('unused_time_from')?.oneOf('type', unusedFrom) ?? 'now'
  const invoicing = params.oneOf('invoicing_behavior', ['invoice', 'pending_invoice_item'] as const)
  const now = context.clock.seconds()
  const isUsed = subscription.status !== 'trialing' && from !== 'none'
  const credits = (isUsed ? subscription.items.data : [])
    .map((item) =>
      prorationLine(context, subscription, item, 'unused', from === 'now' ? now : item.current_period_start),
    )
    .filter((line) => line.amount !== 0)
  const waiting = [...(context.state.pendingLines.get(subscription.id) ?? []), ...credits]
  if (invoicing === 'invoice' && waiting.length > 0) {
    context.state.pendingLines.delete(subscription.id)
    const period = { start: now, end: now }
    const invoice = createInvoice(context, subscription, { reason: 'subscription_update', lines: waiting, period })
    finalizeAndCollect(context, subscription, invoice)
  } else if (waiting.length > 0) context.state.pendingLines.set(subscription.id, waiting)
  markPaused(context, subscription, 'pause_requested')
  return subscription
}

function checkPausable(subscription: Subscription): void {
  const { status, billing_mode: mode } = subscription
  if (status === 'paused') throw invalidRequest('This subscription is already paused.', { code: 'subscription_paused' })
  if (!['active', 'trialing', 'past_due'].includes(status))
    throw invalidRequest(`A subscription that is ${status} cannot be paused.`)
  if (mode.type !== 'flexible') throw invalidRequest('Only subscriptions with flexible billing mode can be paused.')
  if (subscription.pause_collection) throw invalidRequest('Subscriptions with paused collection cannot be paused.')
}

/** `POST /v1/subscriptions/{id}/resume`: a new cycle begins; only a payment that succeeds brings it to life when asked so. */
export function resumeSubscription(
  context: EmulatorContext,
  subscription: Subscription,
  params: FormReader,
): Subscription {
  if (subscription.status !== 'paused') throw invalidRequest('Only a paused subscription can be resumed.')
  if (context.state.pendingResumes.has(subscription.id))
    throw invalidRequest('This subscription already has an unpaid resumption invoice.')
  params.hash('billing_cycle_anchor')?.oneOf('type', ['now'] as const)
  const behavior = params.oneOf('payment_behavior', ['resume_on_payment_attempt', 'resume_on_payment_success'] as const)
  const now = context.clock.seconds()
  const lines = context.state.pendingLines.get(subscription.id) ?? []
  context.state.pendingLines.delete(subscription.id)
  const items = subscription.items.data.map((item) => newPeriod(item, now))
  const invoice = createInvoice(context, subscription, {
    reason: 'subscription_update',
    lines: [...lines, ...items.map((item) => periodLine(context, subscription, item))],
    period: { start: now, end: now },
    isAutomatic: false,
  })
  const start = () => startCycle(context, subscription)
  context.state.pendingResumes.set(subscription.id, {
    invoice: invoice.id,
    expiresAt: now + pendingSeconds,
    lines,
    start,
  })
  subscription.latest_invoice = invoice.id
  finalizeInvoice(context, invoice)
  if (behavior === 'resume_on_payment_success' || invoice.amount_due === 0) {
    collectInvoice(context, invoice, paymentMethodOf(context, subscription))
    settleStatus(context, subscription)
  }
  return subscription
}

function newPeriod<T extends Subscription['items']['data'][number]>(item: T, now: number): T {
  return { ...item, current_period_start: now, current_period_end: periodEndOf(item.price, now, now) }
}

function startCycle(context: EmulatorContext, subscription: Subscription): void {
  const now = context.clock.seconds()
  subscription.billing_cycle_anchor = now
  subscription.items.data = subscription.items.data.map((item) => newPeriod(item, now))
}
