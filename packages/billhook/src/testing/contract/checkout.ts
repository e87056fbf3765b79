import { describe, expect, it } from 'vitest'
import { ContractSteps, type MakeContractHarness } from './harness.ts'

const reference = { organizationId: 'bhorg_contract', checkoutSessionId: 'bhcs_contract' }

async function openSession(makeHarness: MakeContractHarness) {
  const steps = new ContractSteps(await makeHarness())
  const { externalCustomerId } = await steps.customer()
  const { externalPriceId } = await steps.price()
  const session = await steps.checkout({ externalCustomerId, externalPriceId, quantity: 3, reference })
  return { steps, session, externalCustomerId, externalPriceId }
}

export function checkoutContract(makeHarness: MakeContractHarness): void {
  describe('checkout', () => {
    it('opens a page to pay on and makes no subscription before it is paid', async () => {
      const { steps, session, externalCustomerId } = await openSession(makeHarness)
      expect(session).toMatchObject({ status: 'open', externalSubscriptionId: null })
      expect(session.url).toMatch(/^https?:\/\//)
      expect(await steps.provider.retrieveCheckoutSession(session.externalSessionId)).toEqual(session)
      expect((await steps.provider.listSubscriptions({ externalCustomerId })).data).toEqual([])
    })

    it('paid is complete, with a live subscription to exactly what was bought', async () => {
      const { steps, session, externalCustomerId, externalPriceId } = await openSession(makeHarness)
      await steps.harness.pay(session.url ?? '')
      const paid = await steps.provider.retrieveCheckoutSession(session.externalSessionId)
      expect(paid).toMatchObject({ status: 'complete', url: null, externalCustomerId })
      const subscription = await steps.provider.retrieveSubscription(paid.externalSubscriptionId ?? '')
      expect(subscription).toMatchObject({ status: 'active', externalCustomerId, currency: 'USD', cancelAt: null })
      expect(subscription.items).toMatchObject([{ externalPriceId, quantity: 3 }])
      expect(subscription.currentPeriodEnd?.getTime()).toBeGreaterThan(subscription.currentPeriodStart?.getTime() ?? 0)
      expect((await steps.provider.listSubscriptions({ externalCustomerId })).data).toEqual([subscription])
    })

    it('carries our reference on the session and on the subscription it makes', async () => {
      const { steps, session } = await openSession(makeHarness)
      expect(session.reference).toMatchObject(reference)
      await steps.harness.pay(session.url ?? '')
      const paid = await steps.provider.retrieveCheckoutSession(session.externalSessionId)
      expect(paid.reference).toMatchObject(reference)
      const subscription = await steps.provider.retrieveSubscription(paid.externalSubscriptionId ?? '')
      expect(subscription.reference).toMatchObject(reference)
    })

    it('declined stays open, without a live subscription and without money taken', async () => {
      const { steps, session, externalCustomerId } = await openSession(makeHarness)
      await steps.harness.pay(session.url ?? '', 'declines')
      expect((await steps.provider.retrieveCheckoutSession(session.externalSessionId)).status).toBe('open')
      const subscriptions = (await steps.provider.listSubscriptions({ externalCustomerId })).data
      const invoices = (await steps.provider.listInvoices({ externalCustomerId })).data
      const live = subscriptions.filter(
        ({ status }) => !['incomplete', 'incomplete_expired', 'canceled'].includes(status),
      )
      expect(live).toEqual([])
      expect(invoices.filter(({ amountPaid }) => amountPaid > 0)).toEqual([])
    })

    it('expired can no longer be paid, expires again without an error, and stays complete when it was', async () => {
      const { steps, session } = await openSession(makeHarness)
      const input = { externalSessionId: session.externalSessionId }
      for (let times = 0; times < 2; times += 1) {
        const expired = await steps.provider.expireCheckoutSession(
          input,
          steps.operation('expire_checkout_session', input),
        )
        expect(expired).toMatchObject({ status: 'expired', url: null, externalSubscriptionId: null })
      }
      const bought = await openSession(async () => steps.harness)
      await steps.harness.pay(bought.session.url ?? '')
      const late = { externalSessionId: bought.session.externalSessionId }
      const kept = await steps.provider.expireCheckoutSession(late, steps.operation('expire_checkout_session', late))
      expect(kept.status).toBe('complete')
    })

    it('of a missing price or for a missing customer is refused as resource_missing', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalCustomerId } = await steps.customer()
      const { externalPriceId } = await steps.price()
      for (const missing of [{ externalPriceId: 'price_GoneLongAgo' }, { externalCustomerId: 'cus_GoneLongAgo' }]) {
        const refused = steps.checkout({ externalCustomerId, externalPriceId, ...missing })
        await expect(refused).rejects.toMatchObject({ code: 'resource_missing' })
      }
    })
  })
}
