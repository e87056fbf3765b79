import { z } from 'zod'
import type { AccountCustomerData, AccountPage, PageRequest } from '../account.ts'
import type { StripeClient } from './client.ts'
import { normalizeCustomer } from './normalize-customer.ts'
import { listParams, readPage } from './read-page.ts'
import { customerWire, readWire } from './wire.ts'

/** Stripe leaves deleted customers out of its list (docs.stripe.com/api/customers/list). */
export async function listCustomers(
  client: StripeClient,
  request: PageRequest,
): Promise<AccountPage<AccountCustomerData>> {
  const page = await client.read((stripe) => stripe.customers.list(listParams(request)))
  return readPage(page, async (customer) => toAccountCustomer(customer))
}

export const retrieveCustomer = (client: StripeClient, externalCustomerId: string): Promise<AccountCustomerData> =>
  client.read(async (stripe) => toAccountCustomer(await stripe.customers.retrieve(externalCustomerId)))

const addressed = z.object({ address: z.object({ country: z.string().nullish() }).nullish() })

function toAccountCustomer(value: unknown): AccountCustomerData {
  const country = readWire(addressed, value, 'customer').address?.country ?? null
  return { ...normalizeCustomer(value), metadata: readWire(customerWire, value, 'customer').metadata, country }
}
