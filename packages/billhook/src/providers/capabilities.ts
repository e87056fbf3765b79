export type ProrationMode = 'none' | 'next_invoice' | 'immediate'

/** `collection`: the product goes on and invoices wait. `service`: nothing is billed and the period stands still. */
export type PauseKind = 'collection' | 'service'

/** What a provider can do, as data: the API, the pages and the contract suite read it. Every claim is proven by the suite, both ways. */
export interface Capabilities {
  /** `none`: it keeps no customers. Ours are computed for it, so making one calls nobody and cannot fail. */
  customers: 'provider' | 'none'
  cancel: { immediately: boolean; atPeriodEnd: boolean }
  /** Undo a scheduled end before it is reached. */
  reactivate: boolean
  changePlan: { proration: readonly ProrationMode[]; mayRequireApproval: boolean }
  quantity: boolean
  trials: boolean
  /** `exact`: a period begins and ends to the second. `days`: with a day of the provider's own, which may have begun before the purchase. */
  periods: 'exact' | 'days'
  /** The kinds of pause it has; empty: `pause` is absent. */
  pause: readonly PauseKind[]
  /** A preview whose commit charges exactly what it showed; `previewUpdate` is there. */
  preview: boolean
  /** What its hosted page can do besides taking the money. */
  checkoutOptions: { coupons: boolean; promotionCodes: boolean; taxIds: boolean; automaticTax: boolean }
  /** An open invoice can be tried again on demand; `payInvoice` is there. */
  payInvoice: boolean
  /** Pages of its own where a customer sees to cards and invoices; `portal` is there. */
  portal: boolean
  /** It takes reports of usage; `usage` is there. */
  usage: boolean
  /** It has prices that bill the usage reported to it. Without them what was used is shown as unbilled. */
  meteredPrices: boolean
  /** `provider`: it makes and numbers the documents. `none`: core makes them from payments. */
  invoices: 'provider' | 'none'
  refunds: 'none' | 'full' | 'partial'
  /** It repeats the answer when it sees an idempotency key again. */
  idempotencyKeys: boolean
  /** `any`, or the ISO 4217 codes it takes. */
  currencies: 'any' | readonly string[]
  /** It has a clock of its own that can be moved, for trying things out. */
  testClock: boolean
}
