import type { Metadata } from '../../db/schema/columns.ts'
import { invalid, isActiveCurrency, isCountry, isTimeZone, looksLikeOurId } from '../../primitives/index.ts'

/** The tenant. */
export interface Organization {
  id: string
  /** The host's own name for it; it never changes. */
  externalId: string
  name: string
  /** Where bills go. */
  email: string
  /** ISO 3166-1 alpha-2. */
  country: string
  /** ISO 4217; what it is billed in unless a price says otherwise. */
  currency: string
  /** IANA name; calendar arithmetic of its billing follows it. */
  timezone: string
  metadata: Metadata
  createdAt: Date
  updatedAt: Date
}

export type OrganizationFields = Pick<Organization, 'name' | 'email' | 'country' | 'currency' | 'timezone' | 'metadata'>

/** Errors: `invalid_external_id`. It travels in a header, hence visible ASCII. */
export function checkExternalId(externalId: string): void {
  if (!/^[\x21-\x7e]{1,200}$/.test(externalId)) {
    throw invalid('invalid_external_id', 'external_id is 1 to 200 visible ASCII characters without spaces.')
  }
  if (externalId.startsWith('bhorg_') || looksLikeOurId(externalId)) {
    throw invalid('invalid_external_id', 'external_id may not look like an id of Billhook.')
  }
}

/** Errors: `invalid_name`, `invalid_email`, `invalid_country`, `unknown_currency`, `invalid_time_zone`, `invalid_metadata`. */
export function checkOrganizationFields(fields: Partial<OrganizationFields>): void {
  const { name, email, country, currency, timezone, metadata } = fields
  if (name !== undefined && (name.trim() === '' || name.length > 200)) {
    throw invalid('invalid_name', 'name is 1 to 200 characters.')
  }
  if (email !== undefined && (email.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(email))) {
    throw invalid('invalid_email', 'email is no e-mail address.')
  }
  if (country !== undefined && !isCountry(country)) {
    throw invalid('invalid_country', `"${country}" is no ISO 3166-1 country code of two upper-case letters.`)
  }
  if (currency !== undefined && !isActiveCurrency(currency)) {
    throw invalid('unknown_currency', `"${currency}" is no active ISO 4217 currency code in upper case.`)
  }
  if (timezone !== undefined && !isTimeZone(timezone)) {
    throw invalid('invalid_time_zone', `"${timezone}" is not the name of an IANA time zone such as Europe/Berlin.`)
  }
  if (metadata !== undefined) checkMetadata(metadata)
}

export function checkMetadata(metadata: Metadata): void {
  const entries = Object.entries(metadata)
  if (entries.length > 50 || entries.some(([key, value]) => key.length > 40 || value.length > 500)) {
    throw invalid('invalid_metadata', 'metadata has at most 50 keys of 40 characters with values of 500.')
  }
}
