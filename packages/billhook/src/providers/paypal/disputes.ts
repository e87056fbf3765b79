import type { AccountPage, MoneyBackRequest } from '../account.ts'
import type { DisputeData } from '../snapshots.ts'
import type { PayPalClient } from './client.ts'
import { understand } from './errors.ts'
import { normalizeDispute } from './normalize-dispute.ts'
import { pageOf, readPageNumber } from './paging.ts'
import { readPage } from './read-page.ts'
import { disputeListWire, disputeWire } from './wire-money.ts'

const path = '/v1/customer/disputes'
/** PayPal lists no further back (developer.paypal.com/api/customer-disputes/v1). */
const listedMs = 180 * 86_400_000

/** Of half a year, newest first. A list does not name the transaction, so each dispute is read. */
export async function listDisputes(client: PayPalClient, request: MoneyBackRequest): Promise<AccountPage<DisputeData>> {
  const page = readPageNumber(client.provider, request)
  const { externalPaymentId } = request
  const since = new Date(client.clock.now().getTime() - listedMs + 3_600_000).toISOString()
  const query = new URLSearchParams({
    page: String(page.page),
    page_size: String(page.pageSize),
    ...(externalPaymentId === undefined
      ? { create_time_after: since }
      : { disputed_transaction_id: externalPaymentId }),
  })
  const list = await client.plain('read', disputeListWire, { method: 'GET', path: `${path}?${query}` })
  const ids = (list.items ?? []).map(({ dispute_id }) => dispute_id)
  return readPage({ ids, nextCursor: pageOf(page, ids.length, list.links) }, async (id) => [
    await retrieveDispute(client, id),
  ])
}

export async function retrieveDispute(client: PayPalClient, externalDisputeId: string): Promise<DisputeData> {
  const one = { method: 'GET', path: `${path}/${encodeURIComponent(externalDisputeId)}` } as const
  const wire = await client.plain('read', disputeWire, one)
  return understand(client.provider, () => normalizeDispute(wire, client.clock.now()))
}
