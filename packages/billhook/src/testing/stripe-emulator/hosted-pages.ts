import { matchPath } from '../emulator/match-path.ts'
import { StripeApiError } from './api-error.ts'
import { confirmPayment, payCheckout, payInvoice, replaceCard } from './complete-checkout.ts'
import type { EmulatorContext } from './emulator-context.ts'
import { FormReader, parseForm } from './form.ts'
import type { CheckoutSession } from './objects.ts'

export interface PageAnswer {
  status: number
  html: string
  location?: string
}

/** The pages that customers see: checkout at `/c/pay/{id}`, an invoice at `/i/{id}`, the portal at `/p/session/{id}`. Null for any other path. */
export function answerPage(context: EmulatorContext, method: string, path: string, form: string): PageAnswer | null {
  const checkout = matchPath('/c/pay/:id', path)
  const invoice = matchPath('/i/:id', path)
  const portal = matchPath('/p/session/:id', path)
  if (!checkout && !invoice && !portal) return null
  const posted = method === 'POST' ? new FormReader(parseForm(form)) : null
  try {
    if (checkout) return checkoutPage(context, checkout.id ?? '', posted)
    if (invoice) return invoicePage(context, invoice.id ?? '', posted)
    return portalPage(context, portal?.id ?? '', posted)
  } catch (refused) {
    if (!(refused instanceof StripeApiError)) throw refused
    return { status: refused.status, html: page(refused.message, '') }
  }
}

function checkoutPage(context: EmulatorContext, id: string, posted: FormReader | null): PageAnswer {
  const session = context.state.sessions.get(id)
  if (!session) return { status: 404, html: page('There is no such checkout', '') }
  if (session.status !== 'open') return { status: 410, html: page(`This checkout is ${session.status}`, '') }
  if (!posted) return { status: 200, html: page('Pay', cardForm()) }
  if (posted.has('confirm')) return confirm(context, session)
  const { outcome } = payCheckout(context, id, {
    card: posted.text('card') ?? undefined,
    email: posted.text('email') ?? undefined,
  })
  if (outcome === 'declined') return { status: 402, html: page('Your card was declined', cardForm()) }
  if (outcome === 'requires_action') return { status: 200, html: page('Confirm with your bank', confirmForm) }
  return sendBack(session)
}

function confirm(context: EmulatorContext, session: CheckoutSession): PageAnswer {
  const waiting = [...context.state.awaitingConfirmation].find(([, sessionId]) => sessionId === session.id)
  if (!waiting) return { status: 400, html: page('There is nothing to confirm', cardForm()) }
  confirmPayment(context, waiting[0])
  return sendBack(session)
}

function sendBack(session: CheckoutSession): PageAnswer {
  const location = (session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', session.id)
  return { status: 303, html: page('Paid', ''), location }
}

function invoicePage(context: EmulatorContext, id: string, posted: FormReader | null): PageAnswer {
  const invoice = context.state.invoices.get(id)
  if (!invoice) return { status: 404, html: page('There is no such invoice', '') }
  if (!posted)
    return { status: 200, html: page(`Invoice, ${invoice.status}`, invoice.status === 'open' ? cardForm() : '') }
  const outcome = payInvoice(context, id, posted.text('card') ?? '')
  return outcome === 'paid'
    ? { status: 200, html: page('Paid', '') }
    : { status: 402, html: page('This card did not pay', cardForm()) }
}

function portalPage(context: EmulatorContext, id: string, posted: FormReader | null): PageAnswer {
  const session = context.state.portalSessions.get(id)
  if (!session) return { status: 404, html: page('There is no such portal session', '') }
  if (!posted) return { status: 200, html: page('Your payment method', cardForm()) }
  replaceCard(context, session.customer, posted.text('card') ?? '')
  return session.return_url === null
    ? { status: 200, html: page('Saved', '') }
    : { status: 303, html: page('Saved', ''), location: session.return_url }
}

const confirmForm = '<form method="post"><button name="confirm" value="1">Confirm</button></form>'

function cardForm(): string {
  return '<form method="post"><label>Card <input name="card" required></label><button>Continue</button></form>'
}

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>`
}
