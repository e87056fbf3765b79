import { formatMoney, money } from '../../primitives/index.ts'
import { cardForm, confirmationPage, refusals } from './card-form.ts'
import { type Html, html, pageResponse } from './html.ts'
import type { SandboxCustomer, SandboxInvoice } from './objects.ts'
import type { InvoiceAttempt } from './pay-invoice.ts'

export interface Bill {
  invoice: SandboxInvoice
  customer: SandboxCustomer
}

const locale = 'en'

/** An invoice with the way to pay it, or the note that it is paid. */
export function invoicePage(bill: Bill, attempt: Exclude<InvoiceAttempt, 'paid'> | null = null, card = ''): Response {
  const { invoice } = bill
  const due = formatMoney(money(invoice.amount_due, invoice.currency), locale)
  if (attempt === 'needs_confirmation') {
    return confirmationPage({ amount: due, what: `invoice ${invoice.number}`, card, canCancel: false })
  }
  const refusal = attempt === null ? null : refusals[attempt]
  const form = { payLabel: `Pay ${due}`, canCancel: false, chosen: card, error: refusal?.error ?? null }
  const content = html`<h1>Invoice ${invoice.number}</h1>
<p class="soft">${invoice.status === 'paid' ? 'Paid. There is nothing left to do here.' : 'The card you pay with is charged for the renewals to come, too.'}</p>
<p class="amount">${due}</p>
${details(bill)}
${invoice.status === 'paid' ? null : cardForm(form)}`
  return pageResponse(refusal?.status ?? 200, `Invoice ${invoice.number}`, content)
}

function details({ invoice, customer }: Bill): Html {
  const lines = invoice.lines.map(
    (
      line,
    ) => html`<div><dt>${line.description}</dt><dd>${formatMoney(money(line.amount, invoice.currency), locale)}</dd></div>
`,
  )
  return html`<dl>
<div><dt>For</dt><dd>${customer.name}</dd></div>
<div><dt>Date</dt><dd>${invoice.created_at.slice(0, 10)}</dd></div>
${lines}</dl>`
}
