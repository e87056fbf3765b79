import type { CreateCustomerInput, ProviderOperation } from '../operation.ts'
import type { CustomerData } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { newId, toMetadata } from './objects.ts'
import { findObject } from './state.ts'
import { toCustomerData } from './status.ts'

export async function createCustomer(
  client: SandboxClient,
  input: CreateCustomerInput,
  operation: ProviderOperation<'create_customer'>,
): Promise<CustomerData> {
  const { organizationId, email, name, country, currency } = input
  const answer = await client.execute(operation, { organizationId, email, name, country, currency }, async (draft) => {
    const customer = draft.add({
      object: 'customer',
      id: newId('customer'),
      email,
      name,
      country,
      currency,
      credit: {},
      metadata: toMetadata({ organizationId, operationId: operation.id }),
      created_at: draft.at.toISOString(),
    })
    return { object: 'customer', id: customer.id }
  })
  return toCustomerData(await client.retrieve('customer', answer.id))
}

export async function getOrCreateCustomer(
  client: SandboxClient,
  { externalCustomerId, ...input }: CreateCustomerInput & { externalCustomerId: string | null },
  operation: ProviderOperation<'create_customer'>,
): Promise<CustomerData> {
  if (externalCustomerId !== null) {
    const known = await client.read((store) => findObject(store, 'customer', externalCustomerId))
    if (known !== null) return toCustomerData(known)
  }
  return createCustomer(client, input, operation)
}
