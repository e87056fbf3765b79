import { z } from 'zod'
import type { PayPalClient } from './client.ts'
import { links, linkTo } from './wire-fields.ts'
import { type RefundWire, refundWire } from './wire-money.ts'

const path = '/v1/notifications/webhooks-events'
const mostPages = 50

/**
 * The refunds of a sale, by the events that PayPal told of them: no other list has them. It keeps events for 30 days, and what its filter by
 * transaction compares is not written anywhere, so the sale is looked for here. Source: developer.paypal.com/docs/api/webhooks/v1.
 */
export async function listToldRefunds(client: PayPalClient, saleId: string, since: Date): Promise<RefundWire[]> {
  const query = { event_type: 'PAYMENT.SALE.REFUNDED', start_time: since.toISOString(), page_size: '20' }
  const found = new Map<string, RefundWire>()
  let next: string | null = `${path}?${new URLSearchParams(query)}`
  for (let pages = 0; next && pages < mostPages; pages += 1) {
    const list: EventList = await client.plain('read', eventListWire, { method: 'GET', path: next })
    for (const { resource } of list.events ?? []) {
      const { data } = refundWire.safeParse(resource)
      if (data?.sale_id === saleId) found.set(data.id, data)
    }
    next = nextPage(linkTo(list.links, 'next'))
  }
  return [...found.values()]
}

const eventListWire = z.object({ events: z.array(z.object({ resource: z.unknown() })).nullish(), links })
type EventList = z.output<typeof eventListWire>

/** Only the query of the link is taken: where to ask is ours to know. */
const nextPage = (href: string | null): string | null => {
  const url = href === null ? null : URL.parse(href)
  return url && `${path}${url.search}`
}
