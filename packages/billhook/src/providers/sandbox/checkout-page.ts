import { formatMoney, money, multiplyByQuantity } from '../../primitives/index.ts'
import { cardForm, confirmationPage, refusals } from './card-form.ts'
import type { CheckoutAttempt } from './complete-checkout.ts'
import { amountOff, type SandboxCoupon } from './coupons.ts'
import { type Html, html, pageResponse } from './html.ts'
import type { SandboxCheckoutSession, SandboxCustomer, SandboxPrice, SandboxProduct } from './objects.ts'

export interface Purchase {
  session: SandboxCheckoutSession
  customer: SandboxCustomer
  price: SandboxPrice
  product: SandboxProduct
  coupon: SandboxCoupon | null
}

const locale = 'en'

const unknownCode = { status: 422, error: 'This promotion code is not valid. Nothing was charged.' }

/** The page of an open session, or what came of an attempt to pay on it. */
export function checkoutPage(
  purchase: Purchase,
  attempt: Exclude<CheckoutAttempt, 'complete' | 'expired'> | null = null,
  card = '',
): Response {
  const { name } = purchase.product
  if (attempt === 'needs_confirmation') {
    return confirmationPage({ amount: dueToday(purchase), what: name, card, canCancel: true })
  }
  const refusal = attempt === null ? null : attempt === 'unknown_promotion_code' ? unknownCode : refusals[attempt]
  const form = {
    payLabel: payLabel(purchase),
    canCancel: true,
    chosen: card,
    error: refusal?.error ?? null,
    takesPromotionCode: purchase.session.allow_promotion_codes,
  }
  const title = refusal === null ? `Subscribe to ${name}` : `Not paid: subscribe to ${name}`
  return pageResponse(
    refusal?.status ?? 200,
    title,
    html`${summary(purchase)}
${cardForm(form)}`,
  )
}

export function completePage({ session, product }: Purchase): Response {
  const content = html`<h1>All done</h1>
<p>The subscription to ${product.name} is paid. There is nothing left to do here.</p>
<a class="button" href="${session.success_url}" rel="noreferrer">Continue</a>`
  return pageResponse(200, 'All done', content)
}

export function expiredPage({ session, product }: Purchase): Response {
  const content = html`<h1>This page has expired</h1>
<p>Nothing was charged. To subscribe to ${product.name}, go back and start again.</p>
<a class="button" href="${session.cancel_url}" rel="noreferrer">Go back</a>`
  return pageResponse(410, 'This page has expired', content)
}

export function missingPage(): Response {
  const content = html`<h1>There is nothing here</h1>
<p>No such page is known. Check the link you followed.</p>`
  return pageResponse(404, 'There is nothing here', content)
}

function summary(purchase: Purchase): Html {
  const { session, customer, product } = purchase
  return html`<h1>Subscribe to ${product.name}</h1>
${product.description === null ? null : html`<p class="soft">${product.description}</p>`}
<p class="amount">${dueToday(purchase)}</p>
<p class="soft">due today${session.trial_days > 0 ? html` - ${days(session.trial_days)} free, then ${recurring(purchase)}` : null}</p>
<dl>
<div><dt>For</dt><dd>${customer.name}</dd></div>
<div><dt>Plan</dt><dd>${session.quantity === 1 ? product.name : `${session.quantity} × ${product.name}`}</dd></div>
<div><dt>Price</dt><dd>${recurring(purchase)}</dd></div>
${session.trial_days > 0 ? html`<div><dt>Free trial</dt><dd>${days(session.trial_days)}</dd></div>` : null}
${purchase.coupon === null ? null : html`<div><dt>Discount</dt><dd>${purchase.coupon.name}</dd></div>`}
</dl>`
}

function total({ session, price }: Purchase) {
  return multiplyByQuantity(money(price.amount, price.currency), session.quantity)
}

function dueToday(purchase: Purchase): string {
  const { session, price } = purchase
  if (session.trial_days > 0) return formatMoney(money(0, price.currency), locale)
  const whole = total(purchase)
  const off = purchase.coupon === null ? 0 : amountOff(purchase.coupon, whole)
  return formatMoney(money(whole.amount - off, price.currency), locale)
}

function recurring(purchase: Purchase): string {
  const { interval, interval_count: count } = purchase.price
  return `${formatMoney(total(purchase), locale)} ${count === 1 ? `per ${interval}` : `every ${count} ${interval}s`}`
}

function payLabel(purchase: Purchase): string {
  const label = `Pay ${dueToday(purchase)}`
  return purchase.session.trial_days > 0 ? `${label} and start the trial` : label
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`
}
