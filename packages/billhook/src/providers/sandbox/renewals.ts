import { periodBoundary } from '../../primitives/index.ts'
import { earliestRetry, nextAction, type SubscriptionAction } from './due.ts'
import { attemptPayment, cycleLines, makeInvoice } from './make-invoice.ts'
import type { SandboxSubscription } from './objects.ts'
import { resume } from './pause.ts'
import type { Draft } from './state.ts'

/** Does the one thing that is due next for a subscription, at the draft's instant. */
export async function runSubscriptionAction(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  const next = nextAction(subscription)
  if (next !== null) await actions[next.action](draft, subscription)
}

const actions: Record<SubscriptionAction, (draft: Draft, subscription: SandboxSubscription) => Promise<void>> = {
  announce_trial_end: announceTrialEnd,
  retry_payment: retryPayment,
  resume,
  end_period: endPeriod,
}

async function announceTrialEnd(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  subscription.trial_will_end_sent = true
  draft.emit('subscription.trial_will_end', subscription)
}

async function endPeriod(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  if (subscription.cancel_at_period_end) return endSubscription(draft, subscription)
  await startNextPeriod(draft, subscription)
}

/** The period that starts at this instant, invoiced and charged. */
async function billCurrentPeriod(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  const lines = [...subscription.pending_lines, ...(await cycleLines(draft, subscription))]
  subscription.pending_lines = []
  const invoice = await makeInvoice(draft, subscription, 'subscription_cycle', lines)
  await collect(draft, subscription, invoice.id)
}

/**
 * An open invoice was paid by hand with a card that is charged from now on. Once nothing is open the subscription is active again; if it had
 * stopped and its period is over, a new one starts now, because nothing was used in between.
 */
export async function recover(draft: Draft, subscription: SandboxSubscription, paidInvoice: string): Promise<void> {
  subscription.open_invoices = subscription.open_invoices.filter((open) => open.invoice !== paidInvoice)
  if (subscription.status === 'canceled') return draft.save(subscription)
  if (subscription.open_invoices.length === 0) {
    subscription.status = 'active'
    if (Date.parse(subscription.current_period_end) <= draft.at.getTime()) {
      restartPeriods(draft, subscription)
      await billCurrentPeriod(draft, subscription)
    }
  }
  draft.emit('subscription.updated', subscription)
}

/** The end of a subscription: nothing is charged any more, waiting prorations are dropped, open invoices stay open. */
export async function endSubscription(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  const at = draft.at.toISOString()
  subscription.status = 'canceled'
  subscription.canceled_at ??= at
  subscription.ended_at = at
  subscription.pending_lines = []
  subscription.pause = null
  await stopCollecting(draft, subscription)
  draft.emit('subscription.deleted', subscription)
}

async function startNextPeriod(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  if (subscription.next_items) await takeNextItems(draft, subscription)
  else movePeriod(subscription, subscription.period_ordinal + 1)
  if (subscription.status === 'trialing') subscription.status = 'active'
  await billCurrentPeriod(draft, subscription)
  draft.emit('subscription.updated', subscription)
}

/** What was changed for the next period is real from here on; another interval counts from here. */
async function takeNextItems(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  const [first] = subscription.next_items ?? []
  if (!first) return
  const { interval, interval_count } = await draft.get('price', first.price)
  const isOtherInterval = interval !== subscription.interval || interval_count !== subscription.interval_count
  Object.assign(subscription, { items: subscription.next_items, interval, interval_count })
  delete subscription.next_items
  if (isOtherInterval) restartPeriods(draft, subscription)
  else movePeriod(subscription, subscription.period_ordinal + 1)
}

/** A period that starts at this instant and is the first of a new row: after a change of the interval, or when a debt was paid late. */
export function restartPeriods(draft: Draft, subscription: SandboxSubscription): void {
  subscription.anchor_at = draft.at.toISOString()
  movePeriod(subscription, 0)
}

export function movePeriod(subscription: SandboxSubscription, ordinal: number): void {
  const calendar = {
    anchorAt: new Date(subscription.anchor_at),
    interval: subscription.interval,
    intervalCount: subscription.interval_count,
    timeZone: 'UTC',
  }
  subscription.period_ordinal = ordinal
  subscription.current_period_start = periodBoundary({ ...calendar, ordinal }).toISOString()
  subscription.current_period_end = periodBoundary({ ...calendar, ordinal: ordinal + 1 }).toISOString()
}

async function retryPayment(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  const retry = earliestRetry(subscription)
  if (retry === null) return
  await collect(draft, subscription, retry.invoice)
  draft.emit('subscription.updated', subscription)
}

/** One attempt to collect an invoice, and what it means for the subscription. */
export async function collect(draft: Draft, subscription: SandboxSubscription, invoiceId: string): Promise<void> {
  const invoice = await draft.get('invoice', invoiceId)
  if (subscription.pause !== null && invoice.amount_due > 0) {
    subscription.open_invoices.push({ invoice: invoice.id, next_attempt_at: null })
    return
  }
  attemptPayment(draft, invoice, subscription.card)
  subscription.open_invoices = subscription.open_invoices.filter((open) => open.invoice !== invoice.id)
  if (invoice.status === 'open') {
    subscription.open_invoices.push({ invoice: invoice.id, next_attempt_at: invoice.next_attempt_at })
    // Without documents what is owed is collected with the next cycle, so there is always another attempt.
    const isLast = invoice.next_attempt_at === null && draft.account.hasDocuments
    subscription.status = isLast ? 'unpaid' : 'past_due'
    if (subscription.status === 'unpaid') await stopCollecting(draft, subscription)
  } else if (subscription.open_invoices.length === 0) {
    subscription.status = 'active'
  }
}

async function stopCollecting(draft: Draft, subscription: SandboxSubscription): Promise<void> {
  for (const open of subscription.open_invoices) {
    open.next_attempt_at = null
    const invoice = await draft.get('invoice', open.invoice)
    if (invoice.next_attempt_at === null) continue
    invoice.next_attempt_at = null
    draft.emit('invoice.updated', invoice)
  }
}
