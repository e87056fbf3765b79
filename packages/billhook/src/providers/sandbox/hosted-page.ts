import type { ProviderRoute } from '../provider.ts'
import { checkoutPage, completePage, expiredPage, type Purchase } from './checkout-page.ts'
import type { SandboxClient } from './client.ts'
import { attemptCheckout } from './complete-checkout.ts'
import { readForm, seeOther } from './form.ts'
import { type Bill, invoicePage } from './invoice-page.ts'
import { attemptInvoice } from './pay-invoice.ts'
import { publicPage } from './public-page.ts'

/** The pages buyers are sent to: public, and without a script. */
export function hostedPages(client: SandboxClient): ProviderRoute[] {
  return [
    publicPage(client, { method: 'GET', path: '/checkout/:id', page: showCheckout }),
    publicPage(client, { method: 'POST', path: '/checkout/:id', page: submitCheckout }),
    publicPage(client, { method: 'GET', path: '/invoices/:id', page: showInvoice }),
    publicPage(client, { method: 'POST', path: '/invoices/:id', page: submitInvoice }),
  ]
}

async function showCheckout(client: SandboxClient, id: string): Promise<Response> {
  // The expiry may be due and not yet noticed.
  if (await client.hasDue()) await client.settle()
  const purchase = await purchaseOf(client, id)
  const pages = { open: checkoutPage, complete: completePage, expired: expiredPage }
  return pages[purchase.session.status](purchase)
}

async function submitCheckout(client: SandboxClient, id: string, request: Request): Promise<Response> {
  const { action, ...form } = await readForm(request)
  if (action === 'cancel') return leave(client, id)
  const attempt = await client.change(async (draft, store) =>
    attemptCheckout(draft, store, await draft.get('checkout_session', id), form),
  )
  const purchase = await purchaseOf(client, id)
  if (attempt === 'complete') return seeOther(purchase.session.success_url)
  return attempt === 'expired' ? expiredPage(purchase) : checkoutPage(purchase, attempt, form.card)
}

/** Cancelling leaves the session open, so the buyer may come back. */
async function leave(client: SandboxClient, id: string): Promise<Response> {
  const { session } = await purchaseOf(client, id)
  return seeOther(session.status === 'complete' ? session.success_url : session.cancel_url)
}

async function showInvoice(client: SandboxClient, id: string): Promise<Response> {
  return invoicePage(await billOf(client, id))
}

async function submitInvoice(client: SandboxClient, id: string, request: Request): Promise<Response> {
  const form = await readForm(request)
  const attempt = await client.change(async (draft) => attemptInvoice(draft, await draft.get('invoice', id), form))
  const bill = await billOf(client, id)
  return attempt === 'paid' ? seeOther(bill.invoice.hosted_url) : invoicePage(bill, attempt, form.card)
}

async function purchaseOf(client: SandboxClient, id: string): Promise<Purchase> {
  const session = await client.retrieve('checkout_session', id)
  const price = await client.retrieve('price', session.price)
  const [customer, product] = await Promise.all([
    client.retrieve('customer', session.customer),
    client.retrieve('product', price.product),
  ])
  const coupon = session.coupon === null ? null : await client.retrieve('coupon', session.coupon)
  return { session, customer, price, product, coupon }
}

async function billOf(client: SandboxClient, id: string): Promise<Bill> {
  const invoice = await client.retrieve('invoice', id)
  return { invoice, customer: await client.retrieve('customer', invoice.customer) }
}
