import type { Capabilities } from '../capabilities.ts'
import type { SandboxOptions } from './options.ts'

const all: Capabilities = {
  customers: 'provider',
  cancel: { immediately: true, atPeriodEnd: true },
  reactivate: true,
  changePlan: { proration: ['none', 'next_invoice', 'immediate'], mayRequireApproval: false },
  quantity: true,
  trials: true,
  periods: 'exact',
  invoices: 'provider',
  refunds: 'partial',
  pause: ['collection', 'service'],
  preview: true,
  checkoutOptions: { coupons: true, promotionCodes: true, taxIds: false, automaticTax: false },
  payInvoice: true,
  portal: true,
  usage: true,
  meteredPrices: false,
  idempotencyKeys: true,
  currencies: 'any',
  testClock: true,
}

/** What only collects has no bill to take something off, to prorate on or to pay. */
const withoutDocuments: Partial<Capabilities> = {
  changePlan: { ...all.changePlan, proration: ['none'] },
  invoices: 'none',
  checkoutOptions: { ...all.checkoutOptions, coupons: false, promotionCodes: false },
  payInvoice: false,
}

/** What a sandbox with these options claims. One whose changes wait prorates nothing. */
export function capabilitiesOf({ documents = true, without = [], changes }: SandboxOptions): Capabilities {
  const schedulesEnds = !without.includes('scheduled_ends')
  return {
    ...all,
    ...(!documents && withoutDocuments),
    cancel: { immediately: true, atPeriodEnd: schedulesEnds },
    reactivate: schedulesEnds,
    ...(without.includes('pauses') && { pause: [] }),
    ...(without.includes('previews') && { preview: false }),
    ...(without.includes('refunds') && { refunds: 'none' }),
    ...(changes && { changePlan: { proration: ['none'], mayRequireApproval: true } }),
  }
}
