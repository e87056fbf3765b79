import type { PayInvoiceInput, ProviderOperation } from '../operation.ts'
import type { PayInvoiceResult } from '../snapshots.ts'
import { attemptCard, type CardAttempt, type CardForm } from './cards.ts'
import type { Answer, SandboxClient } from './client.ts'
import { attemptPayment, markPaid } from './make-invoice.ts'
import type { SandboxInvoice } from './objects.ts'
import { recover } from './renewals.ts'
import type { Draft } from './state.ts'
import { toInvoiceData } from './status.ts'

export type InvoiceAttempt = 'paid' | Exclude<CardAttempt['outcome'], 'pays'>

/** Pays an open invoice on its hosted page. The card becomes the subscription's; an invoice that is paid already is not charged again. */
export async function attemptInvoice(draft: Draft, invoice: SandboxInvoice, form: CardForm): Promise<InvoiceAttempt> {
  if (invoice.status === 'paid') return 'paid'
  const attempt = attemptCard(form)
  if (attempt.outcome !== 'pays') return attempt.outcome
  const subscription = await draft.get('subscription', invoice.subscription)
  subscription.card = attempt.card.id
  markPaid(draft, invoice)
  await recover(draft, subscription, invoice.id)
  return 'paid'
}

/** Tries an open invoice again with the card on file. A refusal is an attempt like any other, and the plan of the attempts to come stays. */
export async function payInvoice(
  client: SandboxClient,
  input: PayInvoiceInput,
  operation: ProviderOperation<'pay_invoice'>,
): Promise<PayInvoiceResult> {
  const answer = await client.execute(operation, input, async (draft) => {
    const invoice = await draft.get('invoice', input.externalInvoiceId)
    if (invoice.status === 'open') await tryAgain(draft, invoice)
    return { object: 'invoice', id: invoice.id }
  })
  return payResult(client, answer)
}

async function tryAgain(draft: Draft, invoice: SandboxInvoice): Promise<void> {
  const subscription = await draft.get('subscription', invoice.subscription)
  const planned = invoice.next_attempt_at
  attemptPayment(draft, invoice, subscription.card)
  if (invoice.status === 'paid') return recover(draft, subscription, invoice.id)
  invoice.next_attempt_at = planned
}

/** A declined card leaves it to the buyer to give another one, on the invoice's own page. */
export async function payResult(client: SandboxClient, { id }: Answer): Promise<PayInvoiceResult> {
  const invoice = await client.retrieve('invoice', id)
  const snapshot = toInvoiceData(invoice)
  if (invoice.status === 'paid') return { outcome: 'paid', invoice: snapshot }
  return { outcome: 'requires_action', url: invoice.hosted_url, invoice: snapshot }
}
