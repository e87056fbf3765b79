import { formatMoney, money, multiplyByQuantity } from '../../primitives/index.ts'
import type { ProviderRoute } from '../provider.ts'
import type { SandboxClient } from './client.ts'
import { readForm } from './form.ts'
import { html, pageResponse } from './html.ts'
import { answerOffer, type SandboxOffer } from './planned-changes.ts'
import { publicPage } from './public-page.ts'

/** Where a buyer approves a change of the subscription: public, and known only by its link. */
export const offerPages = (client: SandboxClient): ProviderRoute[] => [
  publicPage(client, { method: 'GET', path: '/offers/:id', page: showOffer }),
  publicPage(client, { method: 'POST', path: '/offers/:id', page: submitOffer }),
]

async function showOffer(client: SandboxClient, id: string): Promise<Response> {
  const offer = await client.retrieve('offer', id)
  if (offer.status !== 'open') return donePage(offer)
  if (Date.parse(offer.expires_at) <= (await client.now()).getTime()) return overPage()
  const rows = await Promise.all(
    offer.items.map(async ({ price: priceId, quantity }) => {
      const price = await client.retrieve('price', priceId)
      const product = await client.retrieve('product', price.product)
      const amount = formatMoney(multiplyByQuantity(money(price.amount, price.currency), quantity), 'en')
      const every = price.interval_count === 1 ? price.interval : `${price.interval_count} ${price.interval}s`
      return html`<div><dt>${quantity === 1 ? product.name : `${quantity} × ${product.name}`}</dt><dd>${amount} every ${every}</dd></div>
`
    }),
  )
  const content = html`<h1>Approve your new plan</h1>
<p class="soft">Nothing is charged now. The new price is charged from the next period on.</p>
<dl>
${rows}</dl>
<form method="post">
<button type="submit" name="action" value="approve">Approve</button>
<button type="submit" name="action" value="decline" class="plain">Keep the plan as it is</button>
</form>`
  return pageResponse(200, 'Approve your new plan', content)
}

async function submitOffer(client: SandboxClient, id: string, request: Request): Promise<Response> {
  const { action } = await readForm(request)
  const isAnswered = await client.change(async (draft) =>
    answerOffer(draft, await draft.get('offer', id), action === 'approve'),
  )
  const offer = await client.retrieve('offer', id)
  return isAnswered || offer.status !== 'open' ? donePage(offer) : overPage()
}

function donePage({ status }: SandboxOffer): Response {
  const title = status === 'approved' ? 'Your new plan is approved' : 'Your plan stays as it is'
  return pageResponse(
    200,
    title,
    html`<h1>${title}</h1>
<p>There is nothing left to do here: you can close this page.</p>`,
  )
}

const overPage = (): Response =>
  pageResponse(
    410,
    'This offer is over',
    html`<h1>This offer is over</h1>
<p>Nothing was changed. To change the plan, go back and start again.</p>`,
  )
