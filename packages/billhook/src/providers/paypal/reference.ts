import { PaymentProviderError } from '../provider-error.ts'
import type { OurReference } from '../snapshots.ts'

/**
 * Our ids in PayPal's only field for them, `custom_id`, which holds 127 characters: `bh:o~...,c~...,p~...`. Changing a letter orphans what was
 * made with the old one. Ids of ours are 32 hex digits behind a prefix that the letter stands for: 22 characters of base64url.
 */
const letters = {
  organizationId: { letter: 'o', prefix: 'bhorg_' },
  checkoutSessionId: { letter: 'c', prefix: 'bhcs_' },
  subscriptionId: { letter: 's', prefix: 'bhsub_' },
  operationId: { letter: 'p', prefix: 'bhop_' },
} as const satisfies Record<keyof OurReference, { letter: string; prefix: string }>
const fields = Object.keys(letters) as Array<keyof OurReference>

/** Of customers that are not named after their organization: imported ones. */
const customerLetter = 'k'
const mark = 'bh:'
const mostCharacters = 127
const customerPattern = /^paypal_[A-Za-z0-9_-]{1,60}$/

export interface CustomFields {
  externalCustomerId: string
  reference: OurReference
}

/** PayPal has no customers: one of ours is named after its organization, and a subscription from elsewhere is one of its own. */
export const customerOf = (owner: string): string => `paypal_${owner}`
export const isCustomer = (externalCustomerId: string): boolean => customerPattern.test(externalCustomerId)

export function toCustomId(provider: string, { externalCustomerId, reference }: CustomFields): string {
  const owner = externalCustomerId.slice(customerOf('').length)
  const organizationId =
    reference.organizationId ?? (owner.startsWith(letters.organizationId.prefix) ? owner : undefined)
  const known: OurReference = { ...reference, ...(organizationId && { organizationId }) }
  const parts = fields.flatMap((field) => {
    const value = known[field]
    return value ? [`${letters[field].letter}${shorten(value, letters[field].prefix)}`] : []
  })
  if (owner !== organizationId) parts.push(`${customerLetter}=${owner}`)
  const customId = `${mark}${parts.join(',')}`
  if (customId.length <= mostCharacters && /^[\x20-\x7e]+$/.test(customId)) return customId
  const detail = `PayPal keeps ${mostCharacters} plain characters of ours on a subscription; these ids need ${customId.length}.`
  throw new PaymentProviderError({ provider, code: 'provider_rejected', detail })
}

/** Without a mark of ours it is the host's own text, or nothing: a subscription that was made elsewhere. */
export function fromCustomId(customId: string | null, externalSubscriptionId: string): CustomFields {
  const elsewhere = { externalCustomerId: customerOf(externalSubscriptionId), reference: {} }
  if (!customId?.startsWith(mark)) return elsewhere
  const values = new Map(
    customId
      .slice(mark.length)
      .split(',')
      .map((part) => [part.slice(0, 1), part.slice(1)]),
  )
  const reference: OurReference = {}
  for (const field of fields) {
    const value = values.get(letters[field].letter)
    if (value) reference[field] = lengthen(value, letters[field].prefix)
  }
  const owner = values.get(customerLetter)?.slice(1) ?? reference.organizationId
  return owner ? { externalCustomerId: customerOf(owner), reference } : { ...elsewhere, reference }
}

function shorten(id: string, prefix: string): string {
  const rest = id.startsWith(prefix) ? id.slice(prefix.length) : null
  return rest && /^[0-9a-f]{32}$/.test(rest) ? `~${Buffer.from(rest, 'hex').toString('base64url')}` : `=${id}`
}

function lengthen(text: string, prefix: string): string {
  const rest = text.slice(1)
  return text.startsWith('~') ? `${prefix}${Buffer.from(rest, 'base64url').toString('hex')}` : rest
}
