import { describe, expect, it } from 'vitest'
import { ContractSteps, type MakeContractHarness, priceInput } from './harness.ts'

export function pricesContract(makeHarness: MakeContractHarness): void {
  describe('prices', () => {
    it('published twice, by two operations, are one price of one product', async () => {
      const steps = new ContractSteps(await makeHarness())
      const input = priceInput()
      const first = await steps.provider.publishPrice(input, steps.operation('publish_price', input))
      const second = await steps.provider.publishPrice(input, steps.operation('publish_price', input))
      expect(second).toEqual(first)
    })

    it('of one plan share its product once that is known', async () => {
      const steps = new ContractSteps(await makeHarness())
      const monthly = priceInput()
      const { externalPriceId, externalProductId } = await steps.provider.publishPrice(
        monthly,
        steps.operation('publish_price', monthly),
      )
      const other = priceInput({ interval: 'year', amount: 29_000 })
      const yearly = { plan: { ...monthly.plan, externalProductId }, price: other.price }
      const second = await steps.provider.publishPrice(yearly, steps.operation('publish_price', yearly))
      expect(second.externalProductId).toBe(externalProductId)
      expect(second.externalPriceId).not.toBe(externalPriceId)
    })
  })
}
