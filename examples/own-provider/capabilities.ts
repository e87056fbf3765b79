import type { Capabilities } from 'billhook'

/** What can be claimed is what the contract suite proves; everything else is refused by core before it gets here. */
export const capabilities: Capabilities = {
  cancel: { immediately: true, atPeriodEnd: true },
  reactivate: true,
  changePlan: { proration: ['none'], mayRequireApproval: false },
  quantity: true,
  trials: false,
  invoices: 'provider',
  refunds: 'none',
  idempotencyKeys: true,
  currencies: 'any',
  testClock: false,
}
