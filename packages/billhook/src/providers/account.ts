import type { CustomerData, DisputeData, InvoiceData, Page, RefundData, SubscriptionData } from './snapshots.ts'

/** Reads everything an account holds, page by page, for moving existing data in and for comparing it. Changes nothing. */
export interface AccountAbility {
  /** Those that are there; deleted ones where the provider still lists them. */
  listCustomers(request: PageRequest): Promise<AccountPage<AccountCustomerData>>
  /** One that is gone is answered with `deleted: true`. Error: `resource_missing` when there never was one. */
  retrieveCustomer(externalCustomerId: string): Promise<AccountCustomerData>
  /** Archived ones too. */
  listPrices(request: PageRequest): Promise<AccountPage<AccountPriceData>>
  /** Also of a price that lists leave out. */
  retrievePrice(externalPriceId: string): Promise<AccountPriceData>
  /** Ended ones too. */
  listSubscriptions(request: PageRequest): Promise<AccountPage<SubscriptionData>>
  /** With their payments. */
  listInvoices(request: PageRequest): Promise<AccountPage<InvoiceData>>
  /** Failed ones too. Left out where the provider has no list of them; `refunds` reads one by itself. */
  listRefunds?(request: MoneyBackRequest): Promise<AccountPage<RefundData>>
  /** Decided ones too. Left out, with `retrieveDispute`, where the provider has no list of them. */
  listDisputes?(request: MoneyBackRequest): Promise<AccountPage<DisputeData>>
  retrieveDispute?(externalDisputeId: string): Promise<DisputeData>
}

export interface PageRequest {
  /** Of the page before; null for the first one. It must stay good for days: a stopped import goes on from it. */
  cursor: string | null
  /** At most so many objects; the provider's most when left out. */
  limit?: number | undefined
}

export interface MoneyBackRequest extends PageRequest {
  /** Only what went back of this payment; of all payments when left out. */
  externalPaymentId?: string | undefined
}

export interface AccountPage<T> extends Page<T> {
  /** What the adapter cannot read, so that one odd object does not hide the others of its page. */
  unreadable: Array<{ externalId: string; reason: string }>
}

export interface AccountCustomerData extends CustomerData {
  /** The host's own entries, by which it may have named its organization. */
  metadata: Record<string, string>
  /** ISO 3166-1 alpha-2. */
  country: string | null
}

/** A price with the product it belongs to, as the account has them. */
export interface AccountPriceData {
  externalPriceId: string
  externalProductId: string
  /** Name the account's owner gave the price to find it by. */
  lookupKey: string | null
  currency: string
  /** Minor units; null where the price is no single whole amount (tiers, fractions, chosen by the customer). */
  amount: number | null
  /** Null: it is paid once. */
  interval: 'day' | 'week' | 'month' | 'year' | null
  intervalCount: number
  /** It bills usage. */
  metered: boolean
  taxBehavior: 'exclusive' | 'inclusive'
  /** It can still be sold, and its product, too. */
  active: boolean
  product: { name: string; description: string | null; active: boolean; metadata: Record<string, string> }
}
