import { describe, expect, it } from 'vitest'
import type { ReconcileRun } from '../src/index.ts'
import { cards, type StripeShop, shopFor } from './support/stripe-shop.ts'

const found = async (shop: StripeShop, { id }: ReconcileRun) =>
  (await shop.billing.getReconcileRun({ runId: id, limit: 100 })).differences.data.map(
    ({ kind, object, field, ours, theirs, reason }) => ({ kind, object, field, ours, theirs, reason }),
  )

describe('Reconciliation with Stripe', () => {
  it('finds nothing after the webhooks of changes, renewals, a pause and an end', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    const steps: Array<() => unknown> = [
      () => shop.manage('change_plan', { price_id: 'business-monthly', proration: 'immediate' }),
      () => shop.manage('change_quantity', { quantity: 3, proration: 'next_invoice' }),
      () => shop.advance('P1M1D'),
      () => shop.manage('pause', { kind: 'collection' }),
      () => shop.manage('resume'),
      () => shop.manage('cancel', { at_period_end: true }),
      () => shop.manage('reactivate'),
      () => shop.advance('P1M'),
      () => shop.manage('cancel', { at_period_end: false }),
    ]
    for (const [n, step] of steps.entries()) {
      await step()
      await shop.deliver()
      if (n % 2 === 1) continue
      const run = await shop.billing.reconcile({})
      expect(await found(shop, run)).toEqual([])
      expect(run).toMatchObject({ status: 'completed', counts: { subscriptions: 1 } })
    }
  })

  it('brings in what Stripe did while nobody listened, and its webhooks, when they come after all, tell nothing twice', async () => {
    const [lost, heard] = [await shopFor(), await shopFor()]
    for (const shop of [lost, heard]) {
      await shop.subscribe(cards.failsLater)
      shop.advance('P1M1D')
    }
    await heard.deliver()
    const run = await lost.billing.reconcile({ provider: 'stripe' })
    expect((await found(lost, run)).map(({ kind, object, field }) => `${kind} ${object} ${field}`)).toEqual(
      expect.arrayContaining(['differs subscription status', 'missing_here invoice null']),
    )
    expect(run.found.resolutions.person).toBe(0)
    expect(await lost.portrait()).toEqual(await heard.portrait())
    expect(await found(lost, await lost.billing.reconcile({}))).toEqual([])
    const told = await lost.toldTypes()
    await lost.deliver()
    expect(await lost.toldTypes()).toEqual(told)
    expect(told.toSorted()).toEqual((await heard.toldTypes()).toSorted())
  })
})
