import type { Capabilities } from 'billhook'

/** What can be claimed is what the contract suite proves; everything else is refused by core before it gets here. */
export const capabilities: Capabilities = {
  customers: 'provider',
  cancel: { immediately: true, atPeriodEnd: true },
  reactivate: true,
  changePlan: { proration: ['none'], mayRequireApproval: false },
  quantity: true,
  trials: false,
  periods: 'exact',
  pause: [],
  preview: false,
  checkoutOptions: { coupons: false, promotionCodes: false, taxIds: false, automaticTax: false },
  payInvoice: false,
  portal: false,
  usage: false,
  meteredPrices: false,
  invoices: 'provider',
  refunds: 'none',
  idempotencyKeys: true,
  currencies: 'any',
  testClock: false,
}
