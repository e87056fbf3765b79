import { formatMoney, money, multiplyByQuantity } from '../../primitives/index.ts'
import { maskedNumber, testCards } from './cards.ts'
import { type Html, html, pageResponse } from './html.ts'
import type { SandboxCheckoutSession, SandboxCustomer, SandboxPrice, SandboxProduct } from './objects.ts'

export interface Purchase {
  session: SandboxCheckoutSession
  customer: SandboxCustomer
  price: SandboxPrice
  product: SandboxProduct
}

const locale = 'en'

/** The page of an open session; `error` says why the last attempt failed. */
export function checkoutPage(
  status: number,
  purchase: Purchase,
  { error = null, chosen = '' }: { error?: string | null; chosen?: string } = {},
): Response {
  const { product } = purchase
  const content = html`${summary(purchase)}
${error === null ? null : html`<p class="error" role="alert">${error}</p>`}
<form method="post">
${cardChoices(chosen)}
<button type="submit" name="action" value="pay">${payLabel(purchase)}</button>
<button type="submit" name="action" value="cancel" class="plain">Cancel</button>
</form>`
  const title = error === null ? `Subscribe to ${product.name}` : `Not paid: subscribe to ${product.name}`
  return pageResponse(status, title, content)
}

/** The bank's question, for the card that asks one. */
export function confirmationPage(purchase: Purchase, card: string): Response {
  const content = html`<h1>Confirm with your bank</h1>
<p class="soft">Your bank asks whether you really want to pay ${dueToday(purchase)} for ${purchase.product.name}. A real bank would ask in its app; here you answer for it.</p>
<form method="post">
<input type="hidden" name="card" value="${card}">
<button type="submit" name="confirm" value="yes">Confirm the payment</button>
<button type="submit" name="confirm" value="no" class="plain">Refuse it</button>
<button type="submit" name="action" value="cancel" class="plain">Cancel</button>
</form>`
  return pageResponse(200, 'Confirm with your bank', content)
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
</dl>`
}

/** What was typed wins over what was chosen, so the form needs no script. */
function cardChoices(chosen: string): Html {
  const known = testCards.some((card) => card.number === chosen)
  const choices = testCards.map((card, index) => {
    const isChecked = known ? card.number === chosen : index === 0
    return html`<label class="choice"><input type="radio" name="test_card" value="${card.number}"${isChecked ? html` checked` : null}><span><span>${card.label}</span><span class="number">${maskedNumber(card)}</span></span></label>
`
  })
  return html`<fieldset><legend>Test card</legend>
${choices}</fieldset>
<p><label class="label" for="card">Or type a test card number</label>
<input id="card" name="card" type="text" inputmode="numeric" autocomplete="off" maxlength="30" aria-describedby="card-hint" value="${known ? '' : chosen}"></p>
<p class="small soft" id="card-hint">Never type a real card number: only the test cards above are accepted.</p>`
}

function total({ session, price }: Purchase) {
  return multiplyByQuantity(money(price.amount, price.currency), session.quantity)
}

function dueToday(purchase: Purchase): string {
  const { session, price } = purchase
  return formatMoney(session.trial_days > 0 ? money(0, price.currency) : total(purchase), locale)
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
