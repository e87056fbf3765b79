import type { AccountCustomerData, AccountPage, PageRequest } from '../account.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { PayPalClient } from './client.ts'
import { readPage } from './read-page.ts'
import { customerOf, fromCustomId } from './reference.ts'
import { isPending } from './status.ts'
import { listIds, readSubscriptionWire } from './subscriptions.ts'
import type { SubscriptionWire } from './wire.ts'

/** PayPal has no customers: those who have a subscription are them. A subscription that was made elsewhere is a customer of its own. */
export async function listCustomers(
  client: PayPalClient,
  request: PageRequest,
): Promise<AccountPage<AccountCustomerData>> {
  return readPage(await listIds(client, request), async (id) => {
    const wire = await readSubscriptionWire(client, id)
    return isPending(wire) ? [] : [toCustomer(wire)]
  })
}

export async function retrieveCustomer(client: PayPalClient, externalCustomerId: string): Promise<AccountCustomerData> {
  const owner = externalCustomerId.slice(customerOf('').length)
  if (/^I-[0-9A-Z]+$/.test(owner)) return toCustomer(await readSubscriptionWire(client, owner))
  let cursor: string | null = null
  do {
    const page: AccountPage<AccountCustomerData> = await listCustomers(client, { cursor })
    const found = page.data.find((customer) => customer.externalCustomerId === externalCustomerId)
    if (found) return found
    cursor = page.nextCursor
  } while (cursor)
  const detail = `"${externalCustomerId}" has no subscription at PayPal.`
  throw new PaymentProviderError({ provider: client.provider, code: 'resource_missing', detail })
}

function toCustomer({ id, custom_id, subscriber }: SubscriptionWire): AccountCustomerData {
  const { externalCustomerId, reference } = fromCustomId(custom_id, id)
  const name = [subscriber?.name?.given_name, subscriber?.name?.surname].filter(Boolean).join(' ')
  return {
    externalCustomerId,
    email: subscriber?.email_address ?? null,
    name: name || null,
    currency: null,
    deleted: false,
    reference,
    // What the host wrote there itself may name its organization.
    metadata: custom_id && !reference.organizationId ? { custom_id } : {},
    country: subscriber?.shipping_address?.address?.country_code ?? null,
  }
}
