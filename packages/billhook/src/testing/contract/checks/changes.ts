import type { ChangePreviewData, PauseKind } from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent, demandRefusal } from '../expectation.ts'
import { anyPause, coupons, pauseOf, previews, proration } from '../needs.ts'
import { type ContractSteps, priceInput } from '../steps.ts'

async function paused(steps: ContractSteps, kind: PauseKind, resumesAt?: string) {
  const before = await steps.subscribe()
  const { externalSubscriptionId: id } = before
  await steps.pause(id, kind, resumesAt)
  return { id, before, subscription: await steps.subscription(id) }
}

async function moneyTaken(steps: ContractSteps, id: string): Promise<number> {
  return (await steps.invoices(id)).reduce((sum, { amountPaid }) => sum + amountPaid, 0)
}

/** An upgrade in the middle of a period, previewed and not yet made. */
async function previewed(steps: ContractSteps, mode: 'immediate' | 'next_invoice') {
  const subscription = await steps.subscribe()
  const { externalPriceId } = await steps.price({ amount: 9900 })
  await steps.harness.advance('P10D')
  const input = steps.updateInput(subscription, { externalPriceId }, mode)
  const preview = demandPresent(await steps.provider.previewUpdate?.(input), 'the preview')
  return { id: subscription.externalSubscriptionId, input, preview }
}

function amountsOf(lines: ChangePreviewData['lines']): number[] {
  return lines.map(({ amount }) => amount).sort((a, b) => a - b)
}

async function firstOfCoupon(steps: ContractSteps, discount: 'percent' | 'amount') {
  const id = priceInput().price.id.replace('bhprice', 'bhcoupon')
  const coupon = {
    id,
    key: id.replaceAll('_', '-'),
    name: 'Welcome',
    percentOff: discount === 'percent' ? '50' : null,
    amountOff: discount === 'amount' ? { amount: 900, currency: 'USD' } : null,
    duration: 'once' as const,
    durationInMonths: null,
    promotionCode: null,
    maxRedemptions: null,
    expiresAt: null,
  }
  const ability = demandPresent(steps.provider.coupons, 'the ability to make coupons')
  const publish = () => ability.publishCoupon({ coupon }, steps.operation('publish_coupon', { coupon }))
  return { publish, published: await publish() }
}

export const changeChecks = checksOf('lifecycle', {
  'a paused service is paused, and says which pause it is and since when': {
    catches: 'shows a paused subscription as active',
    needs: [pauseOf('service')],
    run: async (steps) => {
      const { subscription } = await paused(steps, 'service')
      demandEqual(subscription.status, 'paused', 'the status of a paused service')
      demandFields(subscription.pause, { kind: 'service' }, 'the pause')
      demand(subscription.pause?.from instanceof Date, 'the pause does not say since when')
    },
  },
  'a paused collection says so, while the product goes on': {
    catches: 'hides a pause that leaves the provider’s status as it was',
    needs: [pauseOf('collection')],
    run: async (steps) => {
      const { subscription } = await paused(steps, 'collection')
      demandEqual(subscription.status, 'active', 'the status while collection is paused')
      demandFields(subscription.pause, { kind: 'collection' }, 'the pause')
    },
  },
  'while it is paused no money is taken': {
    catches: 'marks the subscription as paused and goes on charging',
    needs: [anyPause],
    run: async (steps) => {
      for (const kind of steps.provider.capabilities.pause) {
        const { id } = await paused(steps, kind)
        await steps.harness.advance('P40D')
        demandEqual(await moneyTaken(steps, id), 2900, `money taken after 40 days of a pause of "${kind}"`)
      }
    },
  },
  'resumed, it runs without a pause, and resuming it again is a success': {
    catches: 'leaves the pause where it was, or throws when it runs already',
    needs: [anyPause],
    run: async (steps) => {
      for (const kind of steps.provider.capabilities.pause) {
        const { id } = await paused(steps, kind)
        for (let times = 0; times < 2; times += 1) await steps.resume(id, kind)
        const after = await steps.subscription(id)
        demandFields(after, { status: 'active', pause: null }, `after resuming a pause of "${kind}"`)
      }
    },
  },
  'a pause with an end says when, and is over by itself then': {
    catches: 'drops the moment at which a pause is to end, so it lasts for ever',
    needs: [pauseOf('collection')],
    run: async (steps) => {
      const { startedAt } = await steps.subscribe()
      const resumesAt = new Date(demandPresent(startedAt, 'the start').getTime() + 20 * 24 * 60 * 60 * 1000)
      const { id, subscription } = await paused(steps, 'collection', resumesAt.toISOString())
      demandEqual(subscription.pause?.resumesAt, resumesAt, 'when the pause ends')
      await steps.harness.advance('P21D')
      demandEqual((await steps.subscription(id)).pause, null, 'the pause after its end')
    },
  },
  'a preview changes nothing': {
    catches: 'makes the change in order to know what it costs',
    needs: [previews],
    run: async (steps) => {
      const before = await steps.subscribe()
      const invoices = await steps.invoices(before.externalSubscriptionId)
      const { externalPriceId } = await steps.price({ amount: 9900 })
      for (const mode of steps.provider.capabilities.changePlan.proration) {
        await steps.provider.previewUpdate?.(steps.updateInput(before, { externalPriceId }, mode))
      }
      demandEqual(await steps.subscription(before.externalSubscriptionId), before, 'the subscription after previews')
      demandEqual(await steps.invoices(before.externalSubscriptionId), invoices, 'its invoices after previews')
    },
  },
  'committing what a preview showed charges exactly that, also a while later': {
    catches: 'previews one amount and charges another',
    needs: [previews, proration('immediate')],
    run: async (steps) => {
      const { id, input, preview } = await previewed(steps, 'immediate')
      await steps.harness.advance('PT10M')
      const commit = { ...input, prorationAt: preview.prorationAt.toISOString() }
      await steps.provider.updateSubscription(commit, steps.operation('update_subscription', commit))
      const charged = demandPresent((await steps.invoices(id)).at(-1), 'the invoice of the change')
      demandEqual(charged.amountDue, preview.dueNow, 'what was due, against what the preview said')
      demandEqual(amountsOf(charged.lines), amountsOf(preview.lines), 'the lines, against those of the preview')
    },
  },
  'a preview’s proration is the sum of its signed lines, and more than nothing for an upgrade': {
    catches: 'previews nothing when it could not compute, or forgets the credit for the unused rest',
    needs: [previews, proration('next_invoice')],
    run: async (steps) => {
      const { preview } = await previewed(steps, 'next_invoice')
      const lines = preview.lines.filter((line) => line.proration)
      demandEqual(
        lines.map(({ amount }) => Math.sign(amount)).sort((a, b) => a - b),
        [-1, 1],
        'the signs of the proration lines',
      )
      const sum = lines.reduce((total, { amount }) => total + amount, 0)
      demandEqual(preview.proration, sum, 'the proration, against the sum of its lines')
      demand(sum > 0, `an upgrade from 2900 to 9900 is worth ${sum} for the rest of the period`)
      demandEqual(preview.dueNow, 0, 'what is due now, of a change that goes on the next invoice')
    },
  },
  'a preview of what is missing is an error and never a price of zero': {
    catches: 'answers 0 when the preview failed',
    needs: [previews],
    run: async (steps) => {
      const subscription = await steps.subscribe()
      const mode = steps.provider.capabilities.changePlan.proration[0] ?? 'none'
      const input = steps.updateInput(subscription, { externalPriceId: 'price_GoneLongAgo' }, mode)
      const preview = steps.provider.previewUpdate?.(input) ?? Promise.resolve()
      await demandRefusal(preview, ['resource_missing', 'provider_rejected'], 'a preview of a missing price')
    },
  },
  'a coupon published twice is one coupon': {
    catches: 'makes another coupon each time',
    needs: [coupons],
    run: async (steps) => {
      const { publish, published } = await firstOfCoupon(steps, 'percent')
      demandEqual(await publish(), published, 'the coupon published again')
    },
  },
  'a coupon that applies once lowers the first invoice, as a discount beside the lines': {
    catches: 'hides the discount in the lines, or discounts every invoice',
    needs: [coupons],
    run: async (steps) => {
      for (const [discount, off] of Object.entries({ percent: 1450, amount: 900 })) {
        const { published } = await firstOfCoupon(steps, discount as 'percent' | 'amount')
        const { externalCouponId } = published
        const { externalSubscriptionId: id } = await steps.subscribe({ externalCouponId })
        await steps.harness.advance('P32D')
        const [first, second] = await steps.invoices(id)
        const expected = { subtotal: 2900, discount: off, total: 2900 - off, amountPaid: 2900 - off }
        demandFields(first, expected, `the first invoice with a coupon by ${discount}`)
        demandFields(second, { subtotal: 2900, discount: 0, total: 2900 }, 'the second invoice')
      }
    },
  },
})
