import type { OurReference } from '../snapshots.ts'

/** Our ids in Stripe's metadata. Changing a key orphans what was made with the old one. */
const metadataKeys = {
  organizationId: 'billhook_organization_id',
  checkoutSessionId: 'billhook_checkout_session_id',
  subscriptionId: 'billhook_subscription_id',
  operationId: 'billhook_operation_id',
} as const satisfies Record<keyof OurReference, string>

const fields = Object.keys(metadataKeys) as Array<keyof OurReference>

export function toMetadata(reference: OurReference): Record<string, string> {
  const metadata: Record<string, string> = {}
  for (const field of fields) {
    const value = reference[field]
    if (value) metadata[metadataKeys[field]] = value
  }
  return metadata
}

export function fromMetadata(metadata: Readonly<Record<string, string>>): OurReference {
  const reference: OurReference = {}
  for (const field of fields) {
    const value = metadata[metadataKeys[field]]
    if (value) reference[field] = value
  }
  return reference
}
