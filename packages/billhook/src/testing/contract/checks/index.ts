import { type ContractCheck, contractGroups } from '../check.ts'
import { abilityChecks } from './abilities.ts'
import { accountChecks } from './account.ts'
import { changeChecks } from './changes.ts'
import { chargeChecks } from './charges.ts'
import { checkoutChecks } from './checkout.ts'
import { customerChecks } from './customers.ts'
import { errorChecks } from './errors.ts'
import { formChecks } from './forms.ts'
import { invoiceChecks } from './invoices.ts'
import { lifecycleChecks } from './lifecycle.ts'
import { moneyChecks } from './money.ts'
import { outcomeChecks } from './outcomes.ts'
import { priceChecks } from './prices.ts'
import { refundChecks } from './refunds.ts'
import { signatureChecks } from './signatures.ts'
import { webhookChecks } from './webhooks.ts'

/** The whole contract, in the order of its groups. */
export const contractChecks: readonly ContractCheck[] = [
  ...customerChecks,
  ...priceChecks,
  ...checkoutChecks,
  ...lifecycleChecks,
  ...changeChecks,
  ...invoiceChecks,
  ...moneyChecks,
  ...chargeChecks,
  ...refundChecks,
  ...webhookChecks,
  ...signatureChecks,
  ...errorChecks,
  ...outcomeChecks,
  ...formChecks,
  ...abilityChecks,
  ...accountChecks,
].sort((a, b) => contractGroups.indexOf(a.group) - contractGroups.indexOf(b.group))
