import { describe, expect, it } from 'vitest'
import { ContractSteps, customerInput, type MakeContractHarness } from './harness.ts'

export function customersContract(makeHarness: MakeContractHarness): void {
  describe('customers', () => {
    it('come back with the name, the email and our reference they were made with', async () => {
      const steps = new ContractSteps(await makeHarness())
      const customer = await steps.customer()
      expect(customer).toMatchObject({ email: customerInput.email, name: customerInput.name, deleted: false })
      expect(customer.reference.organizationId).toBe(customerInput.organizationId)
    })

    it('are found again instead of made twice', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalCustomerId } = await steps.customer()
      const again = await steps.provider.getOrCreateCustomer(
        { ...customerInput, externalCustomerId },
        steps.operation('create_customer', customerInput),
      )
      expect(again.externalCustomerId).toBe(externalCustomerId)
    })

    it('are made when none was known, and made anew when the known one is gone', async () => {
      const steps = new ContractSteps(await makeHarness())
      for (const externalCustomerId of [null, 'cus_GoneLongAgo000']) {
        const made = await steps.provider.getOrCreateCustomer(
          { ...customerInput, externalCustomerId },
          steps.operation('create_customer', customerInput),
        )
        expect(made.externalCustomerId).not.toBe(externalCustomerId)
        expect(made.externalCustomerId).toBeTruthy()
      }
    })
  })
}
