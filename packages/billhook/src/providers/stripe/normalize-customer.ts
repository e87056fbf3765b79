import type { CustomerData } from '../snapshots.ts'
import { fromApiCurrency } from './amounts.ts'
import { fromMetadata } from './reference.ts'
import { customerWire, readWire } from './wire.ts'

/** A deleted customer comes back as its id and `deleted: true`. */
export function normalizeCustomer(value: unknown): CustomerData {
  const wire = readWire(customerWire, value, 'customer')
  return {
    externalCustomerId: wire.id,
    email: wire.email,
    name: wire.name,
    currency: wire.currency ? fromApiCurrency(wire.currency) : null,
    deleted: wire.deleted === true,
    reference: fromMetadata(wire.metadata),
  }
}
