import { StripeApiError } from './api-error.ts'
import { confirmPayment, payCheckout, replaceCard } from './complete-checkout.ts'
import type { EmulatorContext } from './emulator-context.ts'
import { FormReader, parseForm } from './form.ts'
import type { CheckoutSession } from './objects.ts'
import { matchPath } from './route.ts'

export interface PageAnswer {
  status: number
  html: string
  location?: string
}

/** The pages that customers see: checkout at `/c/pay/{id}`, portal at `/p/session/{id}`. Null for any other path. */
export function answerPage(context: EmulatorContext, method: string, path: string, form: string): PageAnswer | null {
  const checkout = matchPath('/c/pay/:id', path)
  const portal = matchPath('/p/session/:id', path)
  if (!checkout && !portal) return null
  try {
    if (checkout)
      return checkoutPage(context, checkout.id ?? '', method === 'POST' ? new FormReader(parseForm(form)) : null)
    return portalPage(context, portal?.id ?? '', method === 'POST' ? new FormReader(parseForm(form)) : null)
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
