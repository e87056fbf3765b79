import type Stripe from 'stripe'
import type { CreateCustomerInput, ProviderOperation } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { CustomerData } from '../snapshots.ts'
import type { StripeClient } from './client.ts'
import { normalizeCustomer } from './normalize-customer.ts'
import { toMetadata } from './reference.ts'

type CreateOperation = ProviderOperation<'create_customer'>

export function createCustomer(
  client: StripeClient,
  input: CreateCustomerInput,
  operation: CreateOperation,
): Promise<CustomerData> {
  const params: Stripe.CustomerCreateParams = {
    email: input.email,
    name: input.name,
    metadata: toMetadata({ organizationId: input.organizationId, operationId: operation.id }),
    ...(input.country && { address: { country: input.country } }),
  }
  return client.write(async (stripe) =>
    normalizeCustomer(await stripe.customers.create(params, { idempotencyKey: operation.idempotencyKey })),
  )
}

/** Emails are not unique at Stripe, so only the id we know finds a customer again. */
export async function getOrCreateCustomer(
  client: StripeClient,
  input: CreateCustomerInput & { externalCustomerId: string | null },
  operation: CreateOperation,
): Promise<CustomerData> {
  const known = input.externalCustomerId ? await findCustomer(client, input.externalCustomerId) : null
  return known && !known.deleted ? known : createCustomer(client, input, operation)
}

async function findCustomer(client: StripeClient, externalCustomerId: string): Promise<CustomerData | null> {
  try {
    return await client.read(async (stripe) => normalizeCustomer(await stripe.customers.retrieve(externalCustomerId)))
  } catch (error) {
    if (error instanceof PaymentProviderError && error.code === 'resource_missing') return null
    throw error
  }
}
