import type { ProviderRoute } from '../provider.ts'
import { PaymentProviderError } from '../provider-error.ts'
import {
  checkoutPage,
  completePage,
  confirmationPage,
  expiredPage,
  missingPage,
  type Purchase,
} from './checkout-page.ts'
import type { SandboxClient } from './client.ts'
import { attemptCheckout, type PaymentAttempt } from './complete-checkout.ts'

/** The pages buyers are sent to: public, and without a script. */
export function hostedPages(client: SandboxClient): ProviderRoute[] {
  const path = '/checkout/:id'
  return [
    {
      method: 'GET',
      path,
      auth: 'public',
      handle: (_request, { id = '' }) => orMissing(() => showCheckout(client, id)),
    },
    {
      method: 'POST',
      path,
      auth: 'public',
      handle: (request, { id = '' }) => orMissing(() => submitCheckout(client, id, request)),
    },
  ]
}

const longestForm = 16_384

async function orMissing(show: () => Promise<Response>): Promise<Response> {
  try {
    return await show()
  } catch (cause) {
    if (cause instanceof PaymentProviderError && cause.code === 'resource_missing') return missingPage()
    throw cause
  }
}

async function showCheckout(client: SandboxClient, id: string): Promise<Response> {
  // The expiry may be due and not yet noticed.
  if (await client.hasDue()) await client.settle()
  const purchase = await purchaseOf(client, id)
  const pages = {
    open: () => checkoutPage(200, purchase),
    complete: () => completePage(purchase),
    expired: () => expiredPage(purchase),
  }
  return pages[purchase.session.status]()
}

async function submitCheckout(client: SandboxClient, id: string, request: Request): Promise<Response> {
  const form = await readForm(request)
  const card = form.get('card')?.trim() || form.get('test_card') || ''
  if (form.get('action') === 'cancel') return leave(client, id)
  const attempt = await client.change(async (draft) =>
    attemptCheckout(draft, await draft.get('checkout_session', id), { card, confirm: form.get('confirm') ?? '' }),
  )
  return answers[attempt](await purchaseOf(client, id), card)
}

const answers: Record<PaymentAttempt, (purchase: Purchase, card: string) => Response> = {
  complete: ({ session }) => seeOther(session.success_url),
  expired: (purchase) => expiredPage(purchase),
  needs_confirmation: (purchase, card) => confirmationPage(purchase, card),
  declined: (purchase, chosen) =>
    checkoutPage(402, purchase, { chosen, error: 'The card was declined. Nothing was charged; try another card.' }),
  confirmation_refused: (purchase, chosen) =>
    checkoutPage(402, purchase, { chosen, error: 'The bank did not confirm the payment. Nothing was charged.' }),
  // A number that is no test card is not shown again: it may be a real one.
  unknown_card: (purchase) =>
    checkoutPage(422, purchase, { error: 'This is no test card. Choose one of the cards below.' }),
}

/** Cancelling leaves the session open, so the buyer may come back. */
async function leave(client: SandboxClient, id: string): Promise<Response> {
  const { session } = await purchaseOf(client, id)
  return seeOther(session.status === 'complete' ? session.success_url : session.cancel_url)
}

async function purchaseOf(client: SandboxClient, id: string): Promise<Purchase> {
  const session = await client.retrieve('checkout_session', id)
  const price = await client.retrieve('price', session.price)
  const [customer, product] = await Promise.all([
    client.retrieve('customer', session.customer),
    client.retrieve('product', price.product),
  ])
  return { session, customer, price, product }
}

async function readForm(request: Request): Promise<URLSearchParams> {
  const text = await request.text()
  return new URLSearchParams(text.length <= longestForm ? text : '')
}

function seeOther(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}
