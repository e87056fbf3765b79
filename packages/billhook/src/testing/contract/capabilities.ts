import { describe, expect, it } from 'vitest'
import type { ProrationMode } from '../../providers/capabilities.ts'
import { ContractSteps, type MakeContractHarness } from './harness.ts'
import { expectSoundAmounts } from './invoices.ts'

/** What is claimed works; what is not claimed is refused with this, and changes nothing. */
const unsupported = { code: 'unsupported' }
const modes: ProrationMode[] = ['none', 'next_invoice', 'immediate']

export function capabilitiesContract(makeHarness: MakeContractHarness): void {
  describe('capabilities', () => {
    it.each([
      { atPeriodEnd: false, claim: 'immediately' },
      { atPeriodEnd: true, claim: 'atPeriodEnd' },
    ] as const)('cancel.$claim is claimed exactly if it works', async ({ atPeriodEnd, claim }) => {
      const steps = new ContractSteps(await makeHarness())
      const { externalSubscriptionId: id } = await steps.subscribe()
      if (!steps.provider.capabilities.cancel[claim]) {
        await expect(steps.cancel(id, atPeriodEnd)).rejects.toMatchObject(unsupported)
        expect(await steps.provider.retrieveSubscription(id)).toMatchObject({ status: 'active', cancelAt: null })
        return
      }
      const { subscription } = await steps.cancel(id, atPeriodEnd)
      expect(atPeriodEnd ? subscription.cancelAt : subscription.endedAt).toBeInstanceOf(Date)
    })

    it('reactivate is claimed exactly if a scheduled end can be taken back', async () => {
      const steps = new ContractSteps(await makeHarness())
      if (!steps.provider.capabilities.cancel.atPeriodEnd) return
      const { externalSubscriptionId: id } = await steps.subscribe()
      await steps.cancel(id, true)
      if (steps.provider.capabilities.reactivate) {
        expect((await steps.reactivate(id)).subscription.cancelAt).toBeNull()
      } else {
        await expect(steps.reactivate(id)).rejects.toMatchObject(unsupported)
      }
    })

    it('quantity is claimed exactly if it can be changed', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { quantity, changePlan } = steps.provider.capabilities
      const subscription = await steps.subscribe()
      const change = steps.update(subscription, { quantity: 4 }, changePlan.proration[0] ?? 'none')
      if (!quantity) return expect(change).rejects.toMatchObject(unsupported)
      await change
      const after = await steps.provider.retrieveSubscription(subscription.externalSubscriptionId)
      expect(after.items.map((item) => item.quantity)).toEqual([4])
    })

    it('trials are claimed exactly if they work: nothing is charged before the trial ends', async () => {
      const steps = new ContractSteps(await makeHarness())
      if (!steps.provider.capabilities.trials) {
        await expect(steps.subscribe({ trialDays: 14 })).rejects.toMatchObject(unsupported)
        return
      }
      const subscription = await steps.subscribe({ trialDays: 14 })
      const { externalSubscriptionId: id } = subscription
      expect(subscription.status).toBe('trialing')
      expect(subscription.trialEnd).toEqual(subscription.currentPeriodEnd)
      expect((await steps.invoices(id)).reduce((paid, invoice) => paid + invoice.amountPaid, 0)).toBe(0)
      await steps.harness.advance('P15D')
      expect((await steps.provider.retrieveSubscription(id)).status).toBe('active')
      const invoices = await steps.invoices(id)
      expect(invoices.reduce((paid, invoice) => paid + invoice.amountPaid, 0)).toBe(2900)
    })

    it.each(modes)('proration %s is claimed exactly if it works', async (proration) => {
      const steps = new ContractSteps(await makeHarness())
      const { changePlan } = steps.provider.capabilities
      const subscription = await steps.subscribe()
      const { externalPriceId } = await steps.price({ amount: 9900 })
      await steps.harness.advance('P10D')
      const change = steps.update(subscription, { externalPriceId }, proration)
      if (!changePlan.proration.includes(proration)) return expect(change).rejects.toMatchObject(unsupported)
      const { outcome } = await change
      if (outcome === 'requires_approval') return expect(changePlan.mayRequireApproval).toBe(true)
      await expectProration(steps, subscription.externalSubscriptionId, proration)
    })

    it('testClock is claimed exactly if there is a clock that moves', async () => {
      const { provider, advance } = await makeHarness()
      expect(provider.now !== undefined).toBe(provider.capabilities.testClock)
      if (!provider.now) return
      const before = await provider.now()
      await advance('P1D')
      expect((await provider.now()).getTime() - before.getTime()).toBeGreaterThanOrEqual(24 * 60 * 60 * 1000)
    })

    it('names itself, its kind and its mode', async () => {
      const { provider } = await makeHarness()
      expect(provider.providerName).toMatch(/^[a-z][a-z0-9-]{0,39}$/)
      expect(provider.providerKind).toBeTruthy()
      expect(['live', 'test']).toContain(provider.mode)
    })
  })
}

/** How many invoices there are at once, and whether the signed lines of the change are found by the end of the period. */
async function expectProration(steps: ContractSteps, id: string, proration: ProrationMode): Promise<void> {
  expect(await steps.invoices(id)).toHaveLength(proration === 'immediate' ? 2 : 1)
  await steps.harness.advance('P32D')
  const invoices = await steps.invoices(id)
  for (const invoice of invoices) expectSoundAmounts(invoice)
  const amounts = invoices
    .flatMap(({ lines }) => lines)
    .filter((line) => line.proration)
    .map((line) => Math.sign(line.amount))
  expect(amounts.toSorted()).toEqual(proration === 'none' ? [] : [-1, 1])
  expect(
    invoices
      .at(-1)
      ?.lines.filter((line) => !line.proration)
      .map((line) => line.amount),
  ).toEqual([9900])
}
