/** What a provider can do, as data: the API, the pages and the contract suite read it. Every claim is proven by the suite, both ways. */
export type ProrationMode = 'none' | 'next_invoice' | 'immediate'

export interface Capabilities {
  cancel: { immediately: boolean; atPeriodEnd: boolean }
  /** Undo a scheduled end before it is reached. */
  reactivate: boolean
  changePlan: { proration: readonly ProrationMode[]; mayRequireApproval: boolean }
  quantity: boolean
  trials: boolean
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
