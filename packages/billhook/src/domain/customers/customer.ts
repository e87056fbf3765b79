/** An organization's link to one provider's customer. */
export interface Customer {
  id: string
  organizationId: string
  provider: string
  externalCustomerId: string
  stripeCustomerId: string | null
  email: string | null
  name: string | null
}
