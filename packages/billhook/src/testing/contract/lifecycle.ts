import { describe, expect, it } from 'vitest'
import { ContractSteps, type MakeContractHarness } from './harness.ts'

async function subscribed(makeHarness: MakeContractHarness) {
  const steps = new ContractSteps(await makeHarness())
  const subscription = await steps.subscribe()
  return { steps, subscription, id: subscription.externalSubscriptionId }
}

export function lifecycleContract(makeHarness: MakeContractHarness): void {
  describe('lifecycle', () => {
    it('cancelled now has ended, and cancelling it again is a success', async () => {
      const { steps, id } = await subscribed(makeHarness)
      if (!steps.provider.capabilities.cancel.immediately) return
      for (let times = 0; times < 2; times += 1) {
        const { subscription } = await steps.cancel(id, false)
        expect(subscription.status).toBe('canceled')
        expect(subscription.endedAt).toBeInstanceOf(Date)
      }
      const before = (await steps.invoices(id)).length
      await steps.harness.advance('P32D')
      expect(await steps.invoices(id)).toHaveLength(before)
    })

    it('cancelled at period end stays live until then, ends there and is charged no more', async () => {
      const { steps, subscription: before, id } = await subscribed(makeHarness)
      if (!steps.provider.capabilities.cancel.atPeriodEnd) return
      for (let times = 0; times < 2; times += 1) {
        const { subscription } = await steps.cancel(id, true)
        expect(subscription.status).toBe('active')
        expect(subscription.cancelAt).toEqual(before.currentPeriodEnd)
      }
      await steps.harness.advance('P32D')
      const ended = await steps.provider.retrieveSubscription(id)
      expect(ended.status).toBe('canceled')
      expect(ended.endedAt).toEqual(before.currentPeriodEnd)
      expect(await steps.invoices(id)).toHaveLength(1)
    })

    it('reactivated renews again, and reactivating what renews is a success', async () => {
      const { steps, id } = await subscribed(makeHarness)
      const { cancel, reactivate } = steps.provider.capabilities
      if (!reactivate || !cancel.atPeriodEnd) return
      await steps.cancel(id, true)
      for (let times = 0; times < 2; times += 1) {
        const { subscription } = await steps.reactivate(id)
        expect(subscription).toMatchObject({ status: 'active', cancelAt: null })
      }
      await steps.harness.advance('P32D')
      expect(await steps.invoices(id)).toHaveLength(2)
    })

    it('ended can be neither reactivated nor changed: subscription_ended', async () => {
      const { steps, subscription, id } = await subscribed(makeHarness)
      if (!steps.provider.capabilities.cancel.immediately) return
      await steps.cancel(id, false)
      await expect(steps.reactivate(id)).rejects.toMatchObject({ code: 'subscription_ended' })
      await expect(steps.update(subscription, { quantity: 2 })).rejects.toMatchObject({ code: 'subscription_ended' })
    })

    it('with another plan still has one item, at the new price, in the same period', async () => {
      const { steps, subscription, id } = await subscribed(makeHarness)
      const [proration] = steps.provider.capabilities.changePlan.proration
      if (!proration) return
      const { externalPriceId } = await steps.price({ amount: 9900 })
      const { outcome } = await steps.update(subscription, { externalPriceId }, proration)
      if (outcome !== 'applied') return expect(steps.provider.capabilities.changePlan.mayRequireApproval).toBe(true)
      const changed = await steps.provider.retrieveSubscription(id)
      expect(changed.items).toMatchObject([{ externalPriceId, quantity: 1 }])
      expect(changed.currentPeriodEnd).toEqual(subscription.currentPeriodEnd)
    })

    it('renews into the period that follows, with a paid invoice for it', async () => {
      const { steps, subscription: before, id } = await subscribed(makeHarness)
      await steps.harness.advance('P32D')
      const after = await steps.provider.retrieveSubscription(id)
      expect(after.status).toBe('active')
      expect(after.currentPeriodStart).toEqual(before.currentPeriodEnd)
      expect((await steps.invoices(id)).map(({ status }) => status)).toEqual(['paid', 'paid'])
    })

    it('with a card that fails at renewal is past_due or unpaid, and its invoice stays open', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalSubscriptionId: id } = await steps.subscribe({ card: 'fails_later' })
      await steps.harness.advance('P32D')
      expect(['past_due', 'unpaid']).toContain((await steps.provider.retrieveSubscription(id)).status)
      const [first, renewal] = await steps.invoices(id)
      expect(first?.status).toBe('paid')
      expect(renewal).toMatchObject({ status: 'open', amountPaid: 0, amountRemaining: 2900, paidAt: null })
    })

    it('that nobody made is resource_missing', async () => {
      const steps = new ContractSteps(await makeHarness())
      await expect(steps.provider.retrieveSubscription('sub_GoneLongAgo')).rejects.toMatchObject({
        code: 'resource_missing',
      })
      await expect(steps.provider.retrieveInvoice('in_GoneLongAgo')).rejects.toMatchObject({ code: 'resource_missing' })
      await expect(steps.cancel('sub_GoneLongAgo', true)).rejects.toMatchObject({ code: 'resource_missing' })
    })
  })
}
