import type { ProviderRoute } from 'billhook'
import type { Bank } from './bank.ts'

/** The page that tells the buyer where to send the money, and the call by which the bank's statement comes in. */
export const bankRoutes = (bank: Bank, iban: string): ProviderRoute[] => [
  {
    method: 'GET',
    path: '/pay/:reference',
    auth: 'public',
    handle: async (_request, { reference }) => {
      const known = await bank.store.get(`order/${reference}`)
      const text = known ? `Transfer the amount to ${iban} with the reference ${reference}.` : 'There is no such order.'
      const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Bank transfer</title><p>${text}</p></html>`
      return new Response(html, { status: known ? 200 : 404, headers: { 'content-type': 'text/html; charset=utf-8' } })
    },
  },
  {
    method: 'POST',
    path: '/transfers',
    auth: 'platform',
    handle: async (request) => {
      const { reference, standing_order } = Object(await request.json())
      const hasStandingOrder = standing_order === true
      const fitted = await bank.receiveTransfer({ reference: String(reference), hasStandingOrder })
      return Response.json({ fitted }, { status: fitted ? 200 : 404 })
    },
  },
]
