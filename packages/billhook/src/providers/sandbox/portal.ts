import { addDuration } from '../../primitives/index.ts'
import type { ProviderRoute } from '../provider.ts'
import { attemptCard } from './cards.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { readForm, seeOther } from './form.ts'
import { newId } from './objects.ts'
import { overPage, portalPage } from './portal-page.ts'
import { publicPage } from './public-page.ts'
import { type Draft, findObject, listPrefixes } from './state.ts'

/** A visit of one customer to the sandbox's own pages. Its id is the secret that lets in. */
export interface SandboxPortalSession {
  object: 'portal_session'
  id: string
  customer: string
  return_url: string
  purpose: 'overview' | 'payment_method'
  expires_at: string
}

const visitLifetime = 'PT1H'

export interface PortalLinkInput {
  externalCustomerId: string
  returnUrl: string
  purpose: 'overview' | 'payment_method'
}

export async function createPortalLink(client: SandboxClient, input: PortalLinkInput): Promise<{ url: string }> {
  const { providerName, pagesUrl } = client.account
  const url = URL.parse(input.returnUrl)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw sandboxError(
      providerName,
      'provider_rejected',
      'A return URL is absolute and starts with https:// or http://.',
    )
  const id = newId('portal_session')
  await client.change(async (draft) => {
    await draft.get('customer', input.externalCustomerId)
    draft.add<SandboxPortalSession>({
      object: 'portal_session',
      id,
      customer: input.externalCustomerId,
      return_url: input.returnUrl,
      purpose: input.purpose,
      expires_at: addDuration(draft.at, visitLifetime).toISOString(),
    })
  })
  return { url: `${pagesUrl}/portal/${id}` }
}

/** Where a customer sees the bills and gives another card: public, and known only by its link. */
export const portalRoutes = (client: SandboxClient): ProviderRoute[] => [
  publicPage(client, { method: 'GET', path: '/portal/:id', page: showPortal }),
  publicPage(client, { method: 'POST', path: '/portal/:id', page: submitCard }),
]

async function showPortal(client: SandboxClient, id: string): Promise<Response> {
  const session = await client.retrieve('portal_session', id)
  if (await isOver(client, session)) return overPage(session)
  return portalPage(await visitOf(client, session))
}

async function submitCard(client: SandboxClient, id: string, request: Request): Promise<Response> {
  const session = await client.retrieve('portal_session', id)
  if (await isOver(client, session)) return overPage(session)
  const { action, ...form } = await readForm(request)
  if (action === 'cancel') return seeOther(session.return_url)
  const attempt = attemptCard(form)
  if (attempt.outcome !== 'pays') return portalPage(await visitOf(client, session), attempt.outcome, form.card)
  await client.change((draft, store) => useCard(draft, store, session.customer, attempt.card.id))
  return seeOther(session.return_url)
}

const isOver = async (client: SandboxClient, session: SandboxPortalSession): Promise<boolean> =>
  Date.parse(session.expires_at) <= (await client.now()).getTime()

/** The new card pays for everything of the customer from now on. */
async function useCard(draft: Draft, store: Parameters<typeof findObject>[0], customer: string, card: string) {
  for (const { value: id } of await store.list<string>(`${listPrefixes.subscription}${customer}/`)) {
    const subscription = await draft.get('subscription', id)
    if (subscription.status === 'canceled') continue
    subscription.card = card
    draft.emit('subscription.updated', subscription)
  }
}

async function visitOf(client: SandboxClient, session: SandboxPortalSession) {
  const customer = await client.retrieve('customer', session.customer)
  const invoices = await client.read(async (store) => {
    const rows = await store.list<string>(`${listPrefixes.invoice}${session.customer}/`)
    return Promise.all(rows.map(({ value }) => findObject(store, 'invoice', value)))
  })
  return { session, customer, invoices: invoices.filter((invoice) => invoice !== null) }
}
