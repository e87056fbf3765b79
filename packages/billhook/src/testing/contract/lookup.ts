import { describe, expect, it } from 'vitest'
import type { AnyProviderOperation } from '../../providers/operation.ts'
import { ContractSteps, customerInput, type MakeContractHarness, priceInput } from './harness.ts'

export function lookupContract(makeHarness: MakeContractHarness): void {
  describe('lookup', () => {
    it('finds what an operation made: a customer, a price, a checkout session', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { provider } = steps
      const forCustomer = steps.operation('create_customer', customerInput)
      const { externalCustomerId } = await provider.createCustomer(customerInput, forCustomer)
      const price = priceInput()
      const forPrice = steps.operation('publish_price', price)
      const published = await provider.publishPrice(price, forPrice)
      const checkout = checkoutInput(externalCustomerId, published.externalPriceId)
      const forCheckout = steps.operation('create_checkout_session', checkout)
      const { externalSessionId } = await provider.createCheckoutSession(checkout, forCheckout)

      const found = { outcome: 'succeeded' }
      expect(await provider.lookup(forCustomer)).toMatchObject({ ...found, result: { externalCustomerId } })
      expect(await provider.lookup(forPrice)).toMatchObject({ ...found, result: published })
      expect(await provider.lookup(forCheckout)).toMatchObject({ ...found, result: { externalSessionId } })
    })

    it('finds a cancellation that happened, with the subscription as it is', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalSubscriptionId } = await steps.subscribe()
      const input = { externalSubscriptionId, atPeriodEnd: true }
      const operation = steps.operation('cancel_subscription', input)
      expect(await steps.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
      await steps.provider.cancelSubscription(input, operation)
      const found = await steps.provider.lookup(operation)
      const subscription = await steps.provider.retrieveSubscription(externalSubscriptionId)
      expect(found).toMatchObject({ outcome: 'succeeded', result: { subscription } })
    })

    it('says not_found of what never happened, and makes nothing by looking', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalCustomerId } = await steps.customer()
      const { externalPriceId } = await steps.price()
      const price = priceInput()
      const operations: AnyProviderOperation[] = [
        steps.operation('create_customer', customerInput),
        steps.operation('publish_price', price),
        steps.operation('create_checkout_session', checkoutInput(externalCustomerId, externalPriceId)),
      ]
      for (const operation of operations) {
        expect(await steps.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
        expect(await steps.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
      }
    })

    it('settles a call whose answer was lost: the outcome is unknown, the work is found, nothing is made twice', async ({
      skip,
    }) => {
      const steps = new ContractSteps(await makeHarness())
      const loseNextAnswer = steps.harness.faults?.loseNextAnswer
      if (!loseNextAnswer) return skip('this harness cannot lose an answer')
      const operation = steps.operation('create_customer', customerInput)
      loseNextAnswer()
      await expect(steps.provider.createCustomer(customerInput, operation)).rejects.toMatchObject({
        outcome: 'unknown',
      })
      const found = await steps.provider.lookup(operation)
      expect(found.outcome).toBe('succeeded')
      const again = await steps.provider.createCustomer(customerInput, operation)
      expect(found).toMatchObject({ result: { externalCustomerId: again.externalCustomerId } })
    })
  })
}

function checkoutInput(externalCustomerId: string, externalPriceId: string) {
  const successUrl = 'https://shop.example.test/ok'
  const cancelUrl = 'https://shop.example.test/no'
  return { externalCustomerId, externalPriceId, quantity: 1, trialDays: 0, successUrl, cancelUrl, reference: {} }
}
