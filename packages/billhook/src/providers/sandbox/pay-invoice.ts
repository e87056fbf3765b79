import { attemptCard, type CardAttempt, type CardForm } from './cards.ts'
import { markPaid } from './make-invoice.ts'
import type { SandboxInvoice } from './objects.ts'
import { recover } from './renewals.ts'
import type { Draft } from './state.ts'

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
