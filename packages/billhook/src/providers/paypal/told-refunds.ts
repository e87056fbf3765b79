import { z } from 'zod'
import type { PayPalClient } from './client.ts'
import { type RefundWire, refundWire } from './wire-money.ts'

/**
 * The refunds of a sale, by the events that PayPal sent about it: no other list has them. PayPal keeps events for 30 days.
 * Source: developer.paypal.com/docs/api/webhooks/v1/#webhooks-events_list.
 */
export async function listToldRefunds(client: PayPalClient, saleId: string): Promise<RefundWire[]> {
  const query = new URLSearchParams({ transaction_id: saleId, event_type: 'PAYMENT.SALE.REFUNDED', page_size: '100' })
  const path = `/v1/notifications/webhooks-events?${query}`
  const { events } = await client.plain('read', eventListWire, { method: 'GET', path })
  const refunds = (events ?? []).flatMap(({ resource }) => {
    const parsed = refundWire.safeParse(resource)
    return parsed.success && parsed.data.sale_id === saleId ? [parsed.data] : []
  })
  return [...new Map(refunds.map((refund) => [refund.id, refund])).values()]
}

const eventListWire = z.object({ events: z.array(z.object({ resource: z.unknown() })).nullish() })
