import { describe } from 'vitest'
import { capabilitiesContract } from './capabilities.ts'
import { checkoutContract } from './checkout.ts'
import { customersContract } from './customers.ts'
import type { MakeContractHarness } from './harness.ts'
import { idempotencyContract } from './idempotency.ts'
import { invoicesContract } from './invoices.ts'
import { lifecycleContract } from './lifecycle.ts'
import { lookupContract } from './lookup.ts'
import { pricesContract } from './prices.ts'
import { webhooksContract } from './webhooks.ts'

export type { ContractCard, ContractHarness, MakeContractHarness, RawWebhook } from './harness.ts'
export { ContractSteps } from './harness.ts'

/** What every provider keeps, as vitest tests: call it in a test file with the provider's name and what makes its surroundings. */
export function providerContract(name: string, makeHarness: MakeContractHarness): void {
  describe(`${name} keeps the provider contract`, () => {
    customersContract(makeHarness)
    pricesContract(makeHarness)
    checkoutContract(makeHarness)
    lifecycleContract(makeHarness)
    invoicesContract(makeHarness)
    webhooksContract(makeHarness)
    lookupContract(makeHarness)
    idempotencyContract(makeHarness)
    capabilitiesContract(makeHarness)
  })
}
