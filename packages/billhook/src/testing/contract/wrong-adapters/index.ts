import { wrongAccounts } from './account.ts'
import { wrongBills } from './bills.ts'
import { wrongChanges } from './changes.ts'
import { wrongCharges } from './charges.ts'
import { wrongClaims } from './claims.ts'
import { wrongFailures } from './failures.ts'
import { wrongLifecycles } from './lifecycle.ts'
import { wrongPurchases } from './purchases.ts'
import { wrongRefunds } from './refunds.ts'
import { wrongWebhooks } from './webhooks.ts'
import type { WrongAdapter } from './wrong-adapter.ts'

export { makeWrong, type WrongAdapter } from './wrong-adapter.ts'

/** Adapters that are right but for one mistake each: what the contract is tried on. */
export const wrongAdapters: readonly WrongAdapter[] = [
  ...wrongPurchases,
  ...wrongLifecycles,
  ...wrongChanges,
  ...wrongBills,
  ...wrongCharges,
  ...wrongRefunds,
  ...wrongWebhooks,
  ...wrongFailures,
  ...wrongClaims,
  ...wrongAccounts,
]
