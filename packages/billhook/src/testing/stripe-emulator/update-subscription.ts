import { invalidRequest, StripeApiError } from './api-error.ts'
import { totalsOf } from './bill-totals.ts'
import { cardDeclined, collectInvoice, outcomeOf } from './collect-invoice.ts'
import { discountShare } from './discounts.ts'
import { change, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { createInvoice, finalizeInvoice } from './invoice-lifecycle.ts'
import { type ItemChange, planItemChange } from './item-change.ts'
import type { Invoice, Subscription } from './objects.ts'
import { attachPaymentMethod, paymentMethodOf } from './payment-methods.ts'
import { clearPendingUpdate, holdPendingUpdate } from './pending-update.ts'
import { renewAndCollect } from './renew-subscription.ts'
import { firstPeriodEnd, scheduleEnd } from './scheduled-end.ts'
import { settleStatus } from './settle-status.ts'
import { changeTrial, checkTrialEnd } from './subscription-trial.ts'

export const prorationBehaviors = ['create_prorations', 'always_invoice', 'none'] as const
const paymentBehaviors = [
  'allow_incomplete',
  'default_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
] as const
/** All that Stripe takes beside a change that is held back until it is paid. */
const allowedWhilePending = [
  'items',
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'billing_cycle_anchor',
  'trial_end',
  'expand',
  'off_session',
]
const editableWhenEnded = ['cancellation_details', 'metadata', 'expand']
const pendingSeconds = 23 * 3600

/** `POST /v1/subscriptions/{id}`. */
export function updateSubscription(
  context: EmulatorContext,
  subscription: Subscription,
  params: FormReader,
): Subscription {
  const isOver = subscription.status === 'canceled' || subscription.status === 'incomplete_expired'
  if (isOver && Object.keys(params.form).some((key) => !editableWhenEnded.includes(key))) {
    throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.', {
      code: 'invalid_canceled_subscription_fields',
    })
  }
  const refused = Object.keys(params.form).find((key) => !allowedWhilePending.includes(key))
  if (params.text('payment_behavior') === 'pending_if_incomplete' && refused) {
    throw invalidRequest(
      `When \`payment_behavior\` is set to \`pending_if_incomplete\`, you can't pass \`${refused}\`.`,
      { param: refused },
    )
  }
  checkTrialEnd(context, params)
  const planned = planUpdate(context, subscription, params)
  if (planned && params.text('payment_behavior') !== 'pending_if_incomplete') {
    clearPendingUpdate(context, subscription, 'expired')
  }
  const pending = planned && waitsForPayment(context, subscription, params, planned)
  let invoice: Invoice | null = null
  let isTrialOver = false
  change(context, subscription, 'customer.subscription.updated', () => {
    applyFields(context, subscription, params)
    scheduleEnd(context, subscription, params)
    if (planned && !pending) {
      invoice = billChange(context, subscription, params, planned)
      applyItems(context, subscription, planned)
      if (invoice) subscription.latest_invoice = invoice.id
    }
    isTrialOver = changeTrial(context, subscription, params)
    if (subscription.cancel_at_period_end) subscription.cancel_at = firstPeriodEnd(subscription)
  })
  if (isTrialOver) renewAndCollect(context, subscription)
  if (pending && planned) return holdChange(context, subscription, params, planned)
  if (invoice) collectChange(context, subscription, params, invoice)
  return subscription
}

function planUpdate(context: EmulatorContext, subscription: Subscription, params: FormReader): ItemChange | null {
  const restartsCycle = params.hash('billing_cycle_anchor')?.oneOf('type', ['now', 'unchanged'] as const) === 'now'
  const entries = params.hashes('items')
  if (entries.length === 0 && !restartsCycle) return null
  const at = params.integer('proration_date') ?? context.clock.seconds()
  if (subscription.items.data.some((item) => at < item.current_period_start || at > item.current_period_end)) {
    throw invalidRequest('Cannot specify `proration_date` outside of the current period.', { param: 'proration_date' })
  }
  const prorates = (params.oneOf('proration_behavior', prorationBehaviors) ?? 'create_prorations') !== 'none'
  return planItemChange(context, subscription, entries, { prorates, at, restartsCycle })
}

function applyFields(context: EmulatorContext, subscription: Subscription, params: FormReader): void {
  subscription.metadata = params.metadata(subscription.metadata)
  if (params.has('description')) subscription.description = params.text('description')
  const method = params.text('default_payment_method')
  if (method !== null) {
    subscription.default_payment_method = attachPaymentMethod(
      context,
      method,
      subscription.customer,
      'default_payment_method',
    )
  }
  if (params.clears('default_payment_method')) subscription.default_payment_method = null
  if (params.clears('pause_collection')) subscription.pause_collection = null
  const pause = params.hash('pause_collection')
  if (pause) {
    const behavior = pause.oneOf('behavior', ['keep_as_draft', 'mark_uncollectible', 'void'] as const)
    if (behavior === null)
      throw invalidRequest('Missing required param: pause_collection[behavior].', { param: 'pause_collection' })
    subscription.pause_collection = { behavior, resumes_at: pause.integer('resumes_at') }
  }
}

function applyItems(context: EmulatorContext, subscription: Subscription, planned: ItemChange): void {
  subscription.items.data = planned.items
  if (planned.prorations.length > 0) {
    for (const item of planned.items) context.state.billedShares.set(item.id, discountShare(context, subscription))
  }
  if (planned.restartsCycle) subscription.billing_cycle_anchor = context.clock.seconds()
}

/** The invoice that the change makes at once; prorations that are not billed now wait for the next one. */
function billChange(
  context: EmulatorContext,
  subscription: Subscription,
  params: FormReader,
  planned: ItemChange,
): Invoice | null {
  const { pendingLines } = context.state
  const waiting = pendingLines.get(subscription.id) ?? []
  const lines = [...waiting, ...planned.prorations, ...planned.periodLines]
  const isBilledNow = planned.restartsCycle || params.text('proration_behavior') === 'always_invoice'
  if (!isBilledNow) {
    if (lines.length > 0) pendingLines.set(subscription.id, lines)
    return null
  }
  pendingLines.delete(subscription.id)
  if (lines.length === 0) return null
  const now = context.clock.seconds()
  const start = Math.min(...subscription.items.data.map((item) => item.current_period_start))
  return createInvoice(context, subscription, {
    reason: 'subscription_update',
    lines,
    period: { start, end: now },
    isAutomatic: true,
  })
}

function dueNow(context: EmulatorContext, subscription: Subscription, params: FormReader, planned: ItemChange): number {
  if (!planned.restartsCycle && params.text('proration_behavior') !== 'always_invoice') return 0
  const balance = context.state.customers.get(subscription.customer)?.balance ?? 0
  const waiting = context.state.pendingLines.get(subscription.id) ?? []
  const lines = structuredClone([...waiting, ...planned.prorations, ...planned.periodLines])
  return Math.max(0, totalsOf(context, subscription, lines).total + balance)
}

/** Looks ahead, so that `error_if_incomplete` leaves no trace and `pending_if_incomplete` applies nothing. */
function waitsForPayment(
  context: EmulatorContext,
  subscription: Subscription,
  params: FormReader,
  planned: ItemChange,
): boolean {
  const behavior = params.oneOf('payment_behavior', paymentBehaviors) ?? 'allow_incomplete'
  if (behavior !== 'error_if_incomplete' && behavior !== 'pending_if_incomplete') return false
  if (dueNow(context, subscription, params, planned) === 0) return false
  const outcome = outcomeOf(context, paymentMethodOf(context, subscription), 'subscription_update')
  if (outcome === 'paid') return false
  if (behavior === 'pending_if_incomplete') return true
  const { message, ...facts } = cardDeclined
  throw new StripeApiError(402, 'card_error', message, facts)
}

function holdChange(
  context: EmulatorContext,
  subscription: Subscription,
  params: FormReader,
  planned: ItemChange,
): Subscription {
  const invoice = billChange(context, subscription, params, planned)
  if (!invoice) return subscription
  const expiresAt = context.clock.seconds() + pendingSeconds
  const apply = () => applyItems(context, subscription, planned)
  holdPendingUpdate(context, subscription, { invoice: invoice.id, expiresAt, apply }, planned.items)
  collectChange(context, subscription, params, invoice)
  return subscription
}

function collectChange(
  context: EmulatorContext,
  subscription: Subscription,
  params: FormReader,
  invoice: Invoice,
): void {
  finalizeInvoice(context, invoice)
  const isLeftOpen = params.text('payment_behavior') === 'default_incomplete' && invoice.amount_due > 0
  if (!isLeftOpen) collectInvoice(context, invoice, paymentMethodOf(context, subscription))
  settleStatus(context, subscription)
}
