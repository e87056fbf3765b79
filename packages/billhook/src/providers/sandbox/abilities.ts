import type { AccountAbility } from '../account.ts'
import type {
  BasePaymentProvider,
  ChargeAbility,
  CouponAbility,
  PauseAbility,
  PortalAbility,
  RefundAbility,
  UsageAbility,
} from '../provider.ts'
import { accountOf } from './account.ts'
import { chargesOf } from './charges.ts'
import type { SandboxClient } from './client.ts'
import { publishCoupon } from './coupons.ts'
import { pauseSubscription, resumeSubscription } from './pause.ts'
import { payInvoice } from './pay-invoice.ts'
import { createPortalLink } from './portal.ts'
import { createRefund, retrieveRefund } from './refunds.ts'
import { reportUsage } from './usage.ts'

/** The optional parts of the contract. */
export interface SandboxAbilities {
  pause: PauseAbility
  portal: PortalAbility
  refunds: RefundAbility
  coupons?: CouponAbility
  payInvoice?: BasePaymentProvider['payInvoice'] & {}
  charges?: ChargeAbility
  usage: UsageAbility
  account: AccountAbility
}

export const abilitiesOf = (client: SandboxClient): SandboxAbilities => ({
  pause: {
    pauseSubscription: (input, operation) => pauseSubscription(client, input, operation),
    resumeSubscription: (input, operation) => resumeSubscription(client, input, operation),
  },
  portal: { createPortalLink: (input) => createPortalLink(client, input) },
  refunds: {
    createRefund: (input, operation) => createRefund(client, input, operation),
    retrieveRefund: (externalRefundId) => retrieveRefund(client, externalRefundId),
  },
  usage: { reportUsage: (input, operation) => reportUsage(client, input, operation) },
  account: accountOf(client),
  ...(client.hasDocuments ? withDocuments(client) : { charges: chargesOf(client) }),
})

/** What is a matter of bills. */
const withDocuments = (client: SandboxClient): Pick<SandboxAbilities, 'coupons' | 'payInvoice'> => ({
  coupons: { publishCoupon: (input, operation) => publishCoupon(client, input, operation) },
  payInvoice: (input, operation) => payInvoice(client, input, operation),
})
