import { addDuration } from '../../primitives/index.ts'
import type { StateStore } from '../provider.ts'
import { attemptCard, type CardAttempt, type CardForm, type TestCard } from './cards.ts'
import { termsOf } from './charges.ts'
import { findPromotion, redeemCoupon } from './coupons.ts'
import { cycleLines, makeInvoice, markPaid } from './make-invoice.ts'
import { newId, type SandboxCheckoutSession, type SandboxLine, type SandboxSubscription } from './objects.ts'
import { movePeriod } from './renewals.ts'
import type { Draft } from './state.ts'

export type CheckoutAttempt =
  | 'complete'
  | 'expired'
  | 'unknown_promotion_code'
  | Exclude<CardAttempt['outcome'], 'pays'>

/**
 * What the buyer's click comes to. Only a card that pays changes anything: it makes the subscription and its first invoice and completes the
 * session. A session that is complete already answers so and charges nothing again.
 */
export async function attemptCheckout(
  draft: Draft,
  store: StateStore,
  session: SandboxCheckoutSession,
  { promotionCode, ...form }: CardForm & { promotionCode: string },
): Promise<CheckoutAttempt> {
  if (session.status !== 'open') return session.status
  if (session.allow_promotion_codes && promotionCode !== '') {
    const { currency } = await draft.get('price', session.price)
    const coupon = await findPromotion(draft, store, promotionCode, currency)
    if (coupon === null) return 'unknown_promotion_code'
    session.coupon = coupon.id
  }
  const attempt = attemptCard(form)
  if (attempt.outcome !== 'pays') return attempt.outcome
  await completeCheckout(draft, session, attempt.card)
  return 'complete'
}

async function completeCheckout(draft: Draft, session: SandboxCheckoutSession, card: TestCard): Promise<void> {
  const subscription = draft.add(await newSubscription(draft, session, card))
  session.status = 'complete'
  session.subscription = subscription.id
  draft.emit('checkout.completed', session)
  draft.emit('subscription.created', subscription)
  const isTrial = subscription.status === 'trialing'
  const lines = isTrial ? await trialLines(draft, subscription) : await cycleLines(draft, subscription)
  markPaid(draft, await makeInvoice(draft, subscription, 'subscription_create', lines))
}

async function newSubscription(
  draft: Draft,
  session: SandboxCheckoutSession,
  card: TestCard,
): Promise<SandboxSubscription> {
  const price = await draft.get('price', session.price)
  const at = draft.at.toISOString()
  const trialEnd = session.trial_days > 0 ? addDuration(draft.at, `P${session.trial_days}D`).toISOString() : null
  const subscription: SandboxSubscription = {
    object: 'subscription',
    id: newId('subscription'),
    customer: session.customer,
    status: trialEnd === null ? 'active' : 'trialing',
    currency: price.currency,
    items: [{ id: newId('item'), price: price.id, quantity: session.quantity }],
    interval: price.interval,
    interval_count: price.interval_count,
    anchor_at: trialEnd ?? at,
    period_ordinal: -1,
    current_period_start: at,
    current_period_end: trialEnd ?? at,
    trial_start: trialEnd === null ? null : at,
    trial_end: trialEnd,
    trial_will_end_sent: false,
    cancel_at_period_end: false,
    canceled_at: null,
    ended_at: null,
    latest_invoice: null,
    pending_lines: [],
    open_invoices: [],
    card: card.id,
    terms: null,
    discount: await redeemCoupon(draft, session.coupon),
    pause: null,
    metadata: session.metadata,
    created_at: at,
  }
  subscription.terms = await termsOf(draft, subscription)
  if (trialEnd === null) movePeriod(subscription, 0)
  return subscription
}

async function trialLines(draft: Draft, subscription: SandboxSubscription): Promise<SandboxLine[]> {
  const lines = await cycleLines(draft, subscription)
  return lines.map((line) => ({ ...line, description: `Free trial of ${line.description}`, amount: 0 }))
}
