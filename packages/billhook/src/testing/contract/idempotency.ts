import { describe, expect, it } from 'vitest'
import { ContractSteps, customerInput, type MakeContractHarness } from './harness.ts'

export function idempotencyContract(makeHarness: MakeContractHarness): void {
  describe('idempotency', () => {
    it('makes one customer of one operation, also when both calls run at once', async () => {
      const steps = new ContractSteps(await makeHarness())
      const operation = steps.operation('create_customer', customerInput)
      const calls = [1, 2].map(() => steps.provider.createCustomer(customerInput, operation))
      const made = await Promise.all(calls)
      made.push(await steps.provider.createCustomer(customerInput, operation))
      expect(new Set(made.map(({ externalCustomerId }) => externalCustomerId)).size).toBe(1)
    })

    it('makes one checkout session of one operation', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalCustomerId } = await steps.customer()
      const { externalPriceId } = await steps.price()
      const successUrl = 'https://shop.example.test/ok'
      const input = {
        externalCustomerId,
        externalPriceId,
        quantity: 1,
        trialDays: 0,
        successUrl,
        cancelUrl: successUrl,
        reference: {},
      }
      const operation = steps.operation('create_checkout_session', input)
      const first = await steps.provider.createCheckoutSession(input, operation)
      const second = await steps.provider.createCheckoutSession(input, operation)
      expect(second.externalSessionId).toBe(first.externalSessionId)
    })

    it('charges a change once, however often its operation is repeated', async () => {
      const steps = new ContractSteps(await makeHarness())
      if (!steps.provider.capabilities.changePlan.proration.includes('immediate')) return
      const { externalSubscriptionId, items } = await steps.subscribe()
      const { externalPriceId } = await steps.price({ amount: 9900 })
      const [item] = items
      const change = { externalItemId: item?.externalItemId ?? '', externalPriceId, quantity: 1 }
      const input = { externalSubscriptionId, items: [change], proration: 'immediate' as const }
      const operation = steps.operation('update_subscription', input)
      for (let times = 0; times < 2; times += 1) await steps.provider.updateSubscription(input, operation)
      expect(await steps.invoices(externalSubscriptionId)).toHaveLength(2)
    })

    it('refuses a key that comes back with another input, where it claims to keep keys', async () => {
      const steps = new ContractSteps(await makeHarness())
      if (!steps.provider.capabilities.idempotencyKeys) return
      const operation = steps.operation('create_customer', customerInput)
      await steps.provider.createCustomer(customerInput, operation)
      const other = { ...customerInput, email: 'someone-else@example.test' }
      const repeated = steps.provider.createCustomer(other, { ...operation, input: other })
      await expect(repeated).rejects.toMatchObject({ code: 'idempotency_conflict' })
    })
  })
}
