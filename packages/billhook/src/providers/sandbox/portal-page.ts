import { formatMoney, money } from '../../primitives/index.ts'
import { cardForm, confirmationPage, refusals } from './card-form.ts'
import type { CardAttempt } from './cards.ts'
import { type Html, html, pageResponse } from './html.ts'
import type { SandboxCustomer, SandboxInvoice } from './objects.ts'
import type { SandboxPortalSession } from './portal.ts'

export interface Visit {
  session: SandboxPortalSession
  customer: SandboxCustomer
  invoices: SandboxInvoice[]
}

const locale = 'en'

/** The customer's card, and where the visit is not for the card alone, the bills. */
export function portalPage(
  visit: Visit,
  attempt: Exclude<CardAttempt['outcome'], 'pays'> | null = null,
  card = '',
): Response {
  const { session, customer } = visit
  if (attempt === 'needs_confirmation')
    return confirmationPage({ amount: 'nothing now', what: 'the bills to come', card, canCancel: true })
  const refusal = attempt === null ? null : refusals[attempt]
  const form = { payLabel: 'Use this card', canCancel: true, chosen: card, error: refusal?.error ?? null }
  const content = html`<h1>Your payment method</h1>
<p class="soft">The card you choose is charged for the bills of ${customer.name} to come. Nothing is charged now.</p>
${cardForm(form)}
${session.purpose === 'overview' ? bills(visit) : null}`
  return pageResponse(refusal?.status ?? 200, 'Your payment method', content)
}

export function overPage(session: SandboxPortalSession): Response {
  const content = html`<h1>This link is over</h1>
<p>It was made for one visit. Go back and open it again.</p>
<a class="button" href="${session.return_url}" rel="noreferrer">Go back</a>`
  return pageResponse(410, 'This link is over', content)
}

function bills({ invoices }: Visit): Html {
  const rows = invoices.toReversed().map(
    (
      invoice,
    ) => html`<div><dt><a href="${invoice.hosted_url}">${invoice.number}</a>, ${invoice.created_at.slice(0, 10)}</dt><dd>${formatMoney(money(invoice.amount_due, invoice.currency), locale)} ${invoice.status}</dd></div>
`,
  )
  return html`<h2>Invoices</h2>
<dl>
${rows}</dl>`
}
