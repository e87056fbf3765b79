import { addDuration } from '../../../primitives/index.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent, demandRefusal } from '../expectation.ts'
import { cancelLater, cancelNow, planChanges, proration, quantities, reactivation } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'

const dayMs = 24 * 60 * 60 * 1000

async function scheduledToEnd(steps: ContractSteps) {
  const before = await steps.subscribe()
  const result = await steps.cancel(before.externalSubscriptionId, true)
  const periodEnd = demandPresent(before.currentPeriodEnd, 'the end of the period')
  return { before, id: before.externalSubscriptionId, result, periodEnd }
}

/** Moves the provider's time to the last day of a month that has 31. */
async function reachThe31st(steps: ContractSteps): Promise<void> {
  const { startedAt } = await steps.subscribe()
  const now = demandPresent(startedAt, 'the start of a subscription')
  for (let days = 0; days < 62; days += 1) {
    const day = new Date(now.getTime() + days * dayMs)
    if (day.getUTCDate() === 31) return days === 0 ? undefined : steps.harness.advance(`P${days}D`)
  }
}

export const lifecycleChecks = checksOf('lifecycle', {
  'cancelled at once, it has ended now and is billed no more': {
    catches: 'only schedules an end when it was to be at once, or goes on collecting',
    needs: [cancelNow],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      const { subscription } = await steps.cancel(id, false)
      demandFields(subscription, { status: 'canceled', cancelAt: null }, 'the cancelled subscription')
      demand(subscription.endedAt instanceof Date, 'a subscription that ended does not say when')
      await steps.harness.advance('P32D')
      demandEqual((await steps.invoices(id)).length, 1, 'invoices a month after the end')
    },
  },
  'what was cancelled says when that was asked for': {
    catches: 'leaves out since when it is cancelled',
    needs: [cancelNow],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      const { subscription } = await steps.cancel(id, false)
      demand(subscription.canceledAt instanceof Date, 'the cancelled subscription does not say when it was cancelled')
      demandEqual((await steps.subscription(id)).canceledAt, subscription.canceledAt, 'the time that is read later')
    },
  },
  'cancelling what has ended already is a success': {
    catches: 'throws when a subscription is cancelled twice',
    needs: [cancelNow],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      for (const atPeriodEnd of [false, false, true]) {
        const { subscription } = await steps.cancel(id, atPeriodEnd)
        demandEqual(subscription.status, 'canceled', 'the status after cancelling it again')
      }
    },
  },
  'cancelled with the period, it stays active and says when it ends': {
    catches: 'ignores a scheduled end that the provider tells in its other field (cancel_at), or ends it at once',
    needs: [cancelLater],
    run: async (steps) => {
      const { id, result, periodEnd } = await scheduledToEnd(steps)
      demandFields(result.subscription, { status: 'active', cancelAt: periodEnd }, 'the cancelled subscription')
      demandFields(await steps.subscription(id), { status: 'active', cancelAt: periodEnd }, 'the subscription read')
    },
  },
  'a scheduled end answers scheduled, with the moment it takes effect': {
    catches: 'answers applied for an end that lies ahead, so access is taken away at once',
    needs: [cancelLater],
    run: async (steps) => {
      const { result, periodEnd } = await scheduledToEnd(steps)
      demandEqual(result.outcome, 'scheduled', 'the outcome of a cancellation with the period')
      if (result.outcome === 'scheduled') demandEqual(result.effectiveAt, periodEnd, 'when it takes effect')
    },
  },
  'scheduling an end twice is a success and moves nothing': {
    catches: 'throws, or ends it earlier, when the same cancellation comes again',
    needs: [cancelLater],
    run: async (steps) => {
      const { id, periodEnd } = await scheduledToEnd(steps)
      const { subscription } = await steps.cancel(id, true)
      demandFields(subscription, { status: 'active', cancelAt: periodEnd }, 'the subscription cancelled again')
    },
  },
  'a scheduled end comes with the end of the period, and nothing is charged after it': {
    catches: 'renews although it was cancelled',
    needs: [cancelLater],
    run: async (steps) => {
      const { id, periodEnd } = await scheduledToEnd(steps)
      await steps.harness.advance('P32D')
      demandFields(await steps.subscription(id), { status: 'canceled', endedAt: periodEnd }, 'after the period')
      demandEqual((await steps.invoices(id)).length, 1, 'invoices of a subscription that did not renew')
    },
  },
  'reactivated, it ends no more and renews': {
    catches: 'answers success and leaves the scheduled end where it was',
    needs: [cancelLater, reactivation],
    run: async (steps) => {
      const { id } = await scheduledToEnd(steps)
      await steps.reactivate(id)
      const after = await steps.subscription(id)
      demandFields(after, { status: 'active', cancelAt: null, canceledAt: null }, 'the reactivated subscription')
      await steps.harness.advance('P32D')
      demandEqual((await steps.invoices(id)).length, 2, 'invoices after the renewal')
    },
  },
  'reactivating what renews anyway is a success': {
    catches: 'throws when there is no scheduled end to take back',
    needs: [reactivation],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      const { subscription } = await steps.reactivate(id)
      demandFields(subscription, { status: 'active', cancelAt: null }, 'the reactivated subscription')
    },
  },
  'what has ended can be neither reactivated nor changed: subscription_ended': {
    catches: 'revives an ended subscription, or hides that it ended behind another error',
    needs: [cancelNow],
    run: async (steps) => {
      const subscription = await steps.subscribe()
      const { externalSubscriptionId: id } = subscription
      await steps.cancel(id, false)
      const expected = 'subscription_ended'
      await demandRefusal(steps.reactivate(id), expected, 'reactivating an ended subscription')
      await demandRefusal(steps.update(subscription, { quantity: 2 }), expected, 'changing an ended subscription')
    },
  },
  'another plan takes the place of the old one: still one item': {
    catches: 'adds a second item beside the old one, so both are charged',
    needs: [planChanges],
    run: async (steps) => {
      const subscription = await steps.subscribe()
      const { externalPriceId } = await steps.price({ amount: 9900 })
      demandEqual((await steps.update(subscription, { externalPriceId })).outcome, 'applied', 'the outcome of a change')
      const { items } = await steps.subscription(subscription.externalSubscriptionId)
      demandEqual(
        items.map((item) => [item.externalPriceId, item.quantity]),
        [[externalPriceId, 1]],
        'price and quantity of the items',
      )
    },
  },
  'another plan of the same interval keeps the period': {
    catches: 'starts a new period at each change, so the paid rest is lost or charged twice',
    needs: [planChanges],
    run: async (steps) => {
      const before = await steps.subscribe()
      await steps.harness.advance('P10D')
      const { externalPriceId } = await steps.price({ amount: 9900 })
      await steps.update(before, { externalPriceId })
      const { currentPeriodStart, currentPeriodEnd } = before
      const after = await steps.subscription(before.externalSubscriptionId)
      demandFields(after, { currentPeriodStart, currentPeriodEnd }, 'the period after the change')
    },
  },
  'a changed quantity is read back from the subscription': {
    catches: 'charges for seats that are never granted, or grants seats that are never charged',
    needs: [quantities, planChanges],
    run: async (steps) => {
      const before = await steps.subscribe({ quantity: 2 })
      await steps.update(before, { quantity: 5 })
      const { items } = await steps.subscription(before.externalSubscriptionId)
      demandEqual(
        items.map(({ quantity }) => quantity),
        [5],
        'the quantity after the change',
      )
    },
  },
  'a change whose money was refused leaves the plan as it was': {
    catches: 'applies the upgrade before its payment',
    needs: [proration('immediate'), planChanges],
    run: async (steps) => {
      const before = await steps.subscribe({ card: 'fails_later' })
      const { externalPriceId } = await steps.price({ amount: 9900 })
      const change = steps.update(before, { externalPriceId }, 'immediate')
      const outcome = await change.then(
        (result) => result.outcome,
        () => 'refused',
      )
      demand(
        outcome === 'refused' || outcome === 'pending_payment',
        `a change that nobody could pay for was ${outcome}`,
      )
      const after = await steps.subscription(before.externalSubscriptionId)
      demandEqual(after.items, before.items, 'the items after a change that was not paid')
      demandEqual(after.status, 'active', 'the status after a change that was not paid')
    },
  },
  'it renews into the period that follows without a gap': {
    catches: 'counts the next period from the moment of the payment or of the webhook',
    run: async (steps) => {
      const { externalSubscriptionId: id, currentPeriodEnd } = await steps.subscribe()
      await steps.harness.advance('P32D')
      const after = await steps.subscription(id)
      demandFields(after, { status: 'active', currentPeriodStart: currentPeriodEnd }, 'the renewed subscription')
    },
  },
  'bought on the 31st, it ends with shorter months and comes back to the 31st': {
    catches: 'counts each period from the one before, so 31 January becomes the 28th for ever',
    run: async (steps) => {
      await reachThe31st(steps)
      const { externalSubscriptionId: id, currentPeriodStart } = await steps.subscribe()
      const start = demandPresent(currentPeriodStart, 'the start of the first period')
      for (const months of [1, 2, 3]) {
        const { currentPeriodEnd } = await steps.subscription(id)
        demandEqual(currentPeriodEnd, addDuration(start, `P${months}M`), `the end of period ${months}`)
        const end = demandPresent(currentPeriodEnd, 'the end of the period')
        const { currentPeriodStart: from } = await steps.subscription(id)
        const days = Math.round((end.getTime() - demandPresent(from, 'the start of the period').getTime()) / dayMs)
        await steps.harness.advance(`P${days}D`)
      }
    },
  },
  'a live subscription has a period that makes sense, whatever state it is in': {
    catches: 'reads the period from where it no longer is: null, NaN or 1970',
    run: async (steps) => {
      const { startedAt, externalSubscriptionId } = await steps.subscribe({ card: 'fails_later' })
      const grainMs = steps.provider.capabilities.periods === 'days' ? dayMs : 0
      const earliest = demandPresent(startedAt, 'the start of a subscription').getTime() - grainMs
      for (const when of ['at first', 'after the renewal failed']) {
        const { currentPeriodStart: start, currentPeriodEnd: end } = await steps.subscription(externalSubscriptionId)
        demand(start instanceof Date && end instanceof Date, `${when} a live subscription has no period`)
        demand(
          start.getTime() >= earliest,
          `${when} the period starts at ${String(start)}, before the subscription, and by more than is claimed`,
        )
        demand(end > start, `${when} the period ends at ${String(end)}, not after its start`)
        await steps.harness.advance('P32D')
      }
    },
  },
  'a card that fails at renewal makes it past_due or unpaid, not active and not canceled': {
    catches: 'says active while the money fails, or takes the first failure for the end',
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe({ card: 'fails_later' })
      await steps.harness.advance('P32D')
      const { status } = await steps.subscription(id)
      demand(['past_due', 'unpaid'].includes(status), `after a failed renewal it is ${status}`)
    },
  },
})
