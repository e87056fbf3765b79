import { type CardAttempt, maskedNumber, testCards } from './cards.ts'
import { type Html, html, pageResponse } from './html.ts'

/** Why a card was not taken, as the pages say it. */
export const refusals: Record<
  Exclude<CardAttempt['outcome'], 'pays' | 'needs_confirmation'>,
  { status: number; error: string }
> = {
  declined: { status: 402, error: 'The card was declined. Nothing was charged; try another card.' },
  confirmation_refused: { status: 402, error: 'The bank did not confirm the payment. Nothing was charged.' },
  unknown_card: { status: 422, error: 'This is no test card. Choose one of the cards below.' },
}

export interface CardFormContent {
  payLabel: string
  canCancel: boolean
  /** The card of the attempt before. */
  chosen: string
  error: string | null
  takesPromotionCode?: boolean
}

export function cardForm({ payLabel, canCancel, chosen, error, takesPromotionCode = false }: CardFormContent): Html {
  return html`${error === null ? null : html`<p class="error" role="alert">${error}</p>`}
<form method="post">
${cardChoices(chosen)}
${takesPromotionCode ? promotionCode : null}
<button type="submit" name="action" value="pay">${payLabel}</button>
${canCancel ? html`<button type="submit" name="action" value="cancel" class="plain">Cancel</button>` : null}
</form>`
}

const promotionCode = html`<p><label class="label" for="promotion_code">Promotion code</label>
<input id="promotion_code" name="promotion_code" type="text" autocomplete="off" maxlength="100"></p>
`

/** What was typed wins over what was chosen, so the form needs no script. A number that is no test card is not shown again: it may be real. */
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
<input id="card" name="card" type="text" inputmode="numeric" autocomplete="off" maxlength="30" aria-describedby="card-hint"></p>
<p class="small soft" id="card-hint">Never type a real card number: only the test cards above are accepted.</p>`
}

/** The bank's question, for the card that asks one. */
export function confirmationPage({
  amount,
  what,
  card,
  canCancel,
}: {
  amount: string
  what: string
  card: string
  canCancel: boolean
}): Response {
  const content = html`<h1>Confirm with your bank</h1>
<p class="soft">Your bank asks whether you really want to pay ${amount} for ${what}. A real bank would ask in its app; here you answer for it.</p>
<form method="post">
<input type="hidden" name="card" value="${card}">
<button type="submit" name="confirm" value="yes">Confirm the payment</button>
<button type="submit" name="confirm" value="no" class="plain">Refuse it</button>
${canCancel ? html`<button type="submit" name="action" value="cancel" class="plain">Cancel</button>` : null}
</form>`
  return pageResponse(200, 'Confirm with your bank', content)
}
