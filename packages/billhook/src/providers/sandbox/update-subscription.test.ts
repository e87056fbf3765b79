import { describe, expect, it } from 'vitest'
import { demandSoundAmounts } from '../../testing/contract/sound-amounts.ts'
import { ContractSteps } from '../../testing/contract/steps.ts'
import { contractHarnessOver, createSandboxHarness } from '../../testing/sandbox-harness.ts'

/** April has 30 days, so ten days in two thirds of the period are left. */
async function subscribedInApril(options: Parameters<ContractSteps['subscribe']>[0] = {}) {
  const sandbox = createSandboxHarness({ startAt: '2026-04-01T00:00:00Z' })
  const steps = new ContractSteps(contractHarnessOver(sandbox))
  const subscription = await steps.subscribe({ price: { amount: 3000 }, ...options })
  await sandbox.provider.advance('P10D')
  return { sandbox, steps, subscription, id: subscription.externalSubscriptionId }
}

describe('a changed subscription', () => {
  it('prorated at once is charged exactly the difference for the rest of the period', async () => {
    const { steps, subscription, id } = await subscribedInApril()
    const { externalPriceId } = await steps.price({ amount: 9001 })
    await steps.update(subscription, { externalPriceId }, 'immediate')
    const [, change] = await steps.invoices(id)
    expect(change?.lines.map(({ amount, proration }) => [amount, proration])).toEqual([
      [-2000, true],
      [6001, true],
    ])
    expect(change).toMatchObject({
      billingReason: 'subscription_update',
      status: 'paid',
      total: 4001,
      amountPaid: 4001,
    })
  })

  it('prorated on the next invoice is charged nothing now, and both signed lines with the renewal', async () => {
    const { sandbox, steps, subscription, id } = await subscribedInApril()
    await steps.update(subscription, { quantity: 2 }, 'next_invoice')
    expect(await steps.invoices(id)).toHaveLength(1)
    await sandbox.provider.advance('P20D')
    const [, renewal] = await steps.invoices(id)
    expect(renewal?.lines.map(({ amount }) => amount)).toEqual([-2000, 4000, 6000])
    expect(renewal).toMatchObject({ billingReason: 'subscription_cycle', total: 8000 })
  })

  it('to a cheaper plan at once keeps the rest as credit, which pays the invoices that follow', async () => {
    const { sandbox, steps, subscription, id } = await subscribedInApril({ price: { amount: 9000 } })
    const { externalPriceId } = await steps.price({ amount: 1500 })
    await steps.update(subscription, { externalPriceId }, 'immediate')
    await sandbox.provider.advance('P4M')
    const invoices = await steps.invoices(id)
    for (const invoice of invoices) demandSoundAmounts(invoice)
    expect(invoices.map(({ total, creditApplied, amountPaid }) => [total, creditApplied, amountPaid])).toEqual([
      [9000, 0, 9000],
      [-5000, 0, 0],
      [1500, 1500, 0],
      [1500, 1500, 0],
      [1500, 1500, 0],
      [1500, 500, 1000],
    ])
  })

  it('to another interval starts a new period now, charges it in full and credits the unused rest', async () => {
    const { steps, subscription, id } = await subscribedInApril()
    const { externalPriceId } = await steps.price({ amount: 30_000, interval: 'year' })
    await steps.update(subscription, { externalPriceId }, 'immediate')
    expect(await steps.provider.retrieveSubscription(id)).toMatchObject({
      currentPeriodStart: new Date('2026-04-11T00:00:00Z'),
      currentPeriodEnd: new Date('2027-04-11T00:00:00Z'),
      billingAnchorAt: new Date('2026-04-11T00:00:00Z'),
    })
    const [, change] = await steps.invoices(id)
    expect(change?.lines.map(({ amount }) => amount)).toEqual([-2000, 30_000])
  })

  it('during its trial is charged nothing until the trial ends, then the new price', async () => {
    const { sandbox, steps, subscription, id } = await subscribedInApril({ trialDays: 14 })
    const { externalPriceId } = await steps.price({ amount: 30_000, interval: 'year' })
    await steps.update(subscription, { externalPriceId }, 'immediate')
    expect((await steps.invoices(id)).map(({ total }) => total)).toEqual([0])
    await sandbox.provider.advance('P5D')
    expect((await steps.invoices(id)).map(({ total }) => total)).toEqual([0, 30_000])
    expect((await steps.provider.retrieveSubscription(id)).currentPeriodEnd).toEqual(new Date('2027-04-15T00:00:00Z'))
  })

  it('whose card is declined for the difference stays exactly as it was', async () => {
    const { steps, subscription, id } = await subscribedInApril({ card: 'fails_later' })
    const before = await steps.provider.retrieveSubscription(id)
    const { externalPriceId } = await steps.price({ amount: 9000 })
    const change = steps.update(subscription, { externalPriceId }, 'immediate')
    await expect(change).rejects.toMatchObject({
      code: 'payment_declined',
      outcome: 'failed',
      declineCode: 'card_declined',
    })
    expect(await steps.provider.retrieveSubscription(id)).toEqual(before)
    expect(await steps.invoices(id)).toHaveLength(1)
  })

  it('changed into what it is already makes no invoice and no webhook', async () => {
    const { steps, subscription, id } = await subscribedInApril()
    await steps.nextEvents()
    await steps.update(subscription, {}, 'immediate')
    expect(await steps.invoices(id)).toHaveLength(1)
    expect(await steps.nextEvents()).toEqual([])
  })

  it('refuses a price in another currency, a quantity that is none and an item it does not have', async () => {
    const { steps, subscription } = await subscribedInApril()
    const euro = await steps.price({ currency: 'EUR' })
    const rejected = { code: 'provider_rejected' }
    await expect(steps.update(subscription, { externalPriceId: euro.externalPriceId })).rejects.toMatchObject(rejected)
    for (const quantity of [0, -1, 1.5]) {
      await expect(steps.update(subscription, { quantity })).rejects.toMatchObject(rejected)
    }
    const foreign = { ...subscription, items: [{ externalItemId: 'sbx_si_x', externalPriceId: 'x', quantity: 1 }] }
    await expect(steps.update(foreign, {})).rejects.toMatchObject({ code: 'resource_missing' })
  })
})
