import type { CreateCustomerInput, ProviderOperation } from '../operation.ts'
import type { CustomerData } from '../snapshots.ts'
import { customerOf, isCustomer } from './reference.ts'

type CreateOperation = ProviderOperation<'create_customer'>

/** PayPal has no customers, so one is not made but computed: nothing is called, and repeating it makes nothing twice. */
export function createCustomer(input: CreateCustomerInput, operation: CreateOperation): CustomerData {
  return {
    externalCustomerId: customerOf(input.organizationId),
    email: input.email,
    name: input.name,
    currency: null,
    deleted: false,
    reference: { organizationId: input.organizationId, operationId: operation.id },
  }
}

/** One that was imported keeps its name: its subscriptions carry it. */
export function getOrCreateCustomer(
  input: CreateCustomerInput & { externalCustomerId: string | null },
  operation: CreateOperation,
): CustomerData {
  const customer = createCustomer(input, operation)
  const known = input.externalCustomerId
  return known && isCustomer(known) ? { ...customer, externalCustomerId: known } : customer
}
