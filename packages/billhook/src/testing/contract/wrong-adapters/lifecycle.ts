import type { SubscriptionData } from '../../../providers/provider.ts'
import { misreading, mistakesAgainst, newOperation, onError, rejected } from './wrong-adapter.ts'

const dayMs = 24 * 60 * 60 * 1000
const later = (date: Date | null, ms: number) => date && new Date(date.getTime() + ms)

export const wrongLifecycles = mistakesAgainst('lifecycle', {
  'cancelled at once, it has ended now and is billed no more': {
    'only schedules an end': (right) => ({
      cancelSubscription: (input, operation) => right.cancelSubscription({ ...input, atPeriodEnd: true }, operation),
    }),
  },
  'what was cancelled says when that was asked for': {
    'does not say it': misreading({ subscription: (data) => ({ ...data, canceledAt: null }) }),
  },
  'cancelling what has ended already is a success': {
    'throws when a subscription is cancelled twice': (right) => ({
      cancelSubscription: async (input, operation) => {
        const { status } = await right.retrieveSubscription(input.externalSubscriptionId)
        if (status === 'canceled') throw rejected(right.providerName)
        return right.cancelSubscription(input, operation)
      },
    }),
  },
  'cancelled with the period, it stays active and says when it ends': {
    'does not see an end that is told as cancel_at': misreading({
      subscription: (data) => ({ ...data, cancelAt: null }),
    }),
    'shows a scheduled end as ended': misreading({
      subscription: (data) => (data.cancelAt ? { ...data, status: 'canceled' } : data),
    }),
  },
  'a scheduled end answers scheduled, with the moment it takes effect': {
    'answers applied for an end to come': (right) => ({
      cancelSubscription: async (...call) => ({
        outcome: 'applied',
        subscription: (await right.cancelSubscription(...call)).subscription,
      }),
    }),
  },
  'scheduling an end twice is a success and moves nothing': {
    'ends it at once when asked again': (right) => ({
      cancelSubscription: async (input, operation) => {
        const { cancelAt } = await right.retrieveSubscription(input.externalSubscriptionId)
        return right.cancelSubscription({ ...input, atPeriodEnd: input.atPeriodEnd && cancelAt === null }, operation)
      },
    }),
  },
  'a scheduled end comes with the end of the period, and nothing is charged after it': {
    'never tells the provider': (right) => ({
      cancelSubscription: async ({ externalSubscriptionId }) => {
        const before = await right.retrieveSubscription(externalSubscriptionId)
        const subscription = { ...before, cancelAt: before.currentPeriodEnd }
        return { outcome: 'scheduled', effectiveAt: before.currentPeriodEnd ?? new Date(), subscription }
      },
    }),
  },
  'reactivated, it ends no more and renews': {
    'leaves the scheduled end where it was': (right) => ({
      reactivateSubscription: async ({ externalSubscriptionId }) => {
        const subscription = await right.retrieveSubscription(externalSubscriptionId)
        return { outcome: 'applied', subscription: { ...subscription, cancelAt: null, canceledAt: null } }
      },
    }),
  },
  'reactivating what renews anyway is a success': {
    'throws when nothing is scheduled': (right) => ({
      reactivateSubscription: async (input, operation) => {
        const { cancelAt } = await right.retrieveSubscription(input.externalSubscriptionId)
        if (cancelAt === null) throw rejected(right.providerName)
        return right.reactivateSubscription(input, operation)
      },
    }),
  },
  'what has ended can be neither reactivated nor changed: subscription_ended': {
    'answers success for a change that is no longer possible': (right) => ({
      reactivateSubscription: (input, operation) =>
        onError(right.reactivateSubscription(input, operation), 'subscription_ended', async () => ({
          outcome: 'applied',
          subscription: await right.retrieveSubscription(input.externalSubscriptionId),
        })),
    }),
    'hides the end behind another error': (right) => ({
      updateSubscription: (input, operation) =>
        onError(right.updateSubscription(input, operation), 'subscription_ended', () => {
          throw rejected(right.providerName)
        }),
    }),
  },
  'another plan takes the place of the old one: still one item': {
    'adds an item instead of changing the one there is': (right, harness) => {
      const old = new Map<string, SubscriptionData['items']>()
      const withOld = (data: SubscriptionData) => ({
        ...data,
        items: [...(old.get(data.externalSubscriptionId) ?? []), ...data.items],
      })
      return {
        ...misreading({ subscription: withOld })(right, harness),
        updateSubscription: async (input, operation) => {
          const { items } = await right.retrieveSubscription(input.externalSubscriptionId)
          old.set(input.externalSubscriptionId, items)
          return right.updateSubscription(input, operation)
        },
      }
    },
  },
  'another plan of the same interval keeps the period': {
    'starts a new period at each change': (right, harness) => {
      const changed = new Set<string>()
      const moved = (data: SubscriptionData) =>
        changed.has(data.externalSubscriptionId)
          ? {
              ...data,
              currentPeriodStart: later(data.currentPeriodStart, 10 * dayMs),
              currentPeriodEnd: later(data.currentPeriodEnd, 10 * dayMs),
            }
          : data
      return {
        ...misreading({ subscription: moved })(right, harness),
        updateSubscription: (input, operation) => {
          changed.add(input.externalSubscriptionId)
          return right.updateSubscription(input, operation)
        },
      }
    },
  },
  'a changed quantity is read back from the subscription': {
    'sends the price and forgets the quantity': (right) => ({
      updateSubscription: async (input, operation) => {
        const { items: before } = await right.retrieveSubscription(input.externalSubscriptionId)
        const items = input.items.map((item, index) => ({ ...item, quantity: before[index]?.quantity ?? 1 }))
        return right.updateSubscription({ ...input, items }, operation)
      },
    }),
  },
  'a change whose money was refused leaves the plan as it was': {
    'applies the upgrade and lets the money come later': (right) => ({
      updateSubscription: (input, operation) =>
        onError(right.updateSubscription(input, operation), 'payment_declined', () =>
          right.updateSubscription({ ...input, proration: 'none' }, operation),
        ),
    }),
  },
  'it renews into the period that follows without a gap': {
    'counts the period from the payment': misreading({
      subscription: (data) => ({ ...data, currentPeriodStart: later(data.currentPeriodStart, 3_600_000) }),
    }),
  },
  'bought on the 31st, it ends with shorter months and comes back to the 31st': {
    'stays on the shortest day it once ended on': misreading({
      subscription: (data) => {
        const end = new Date(data.currentPeriodEnd ?? 0)
        end.setUTCDate(Math.min(end.getUTCDate(), 28))
        return { ...data, currentPeriodEnd: end }
      },
    }),
  },
  'a live subscription has a period that makes sense, whatever state it is in': {
    'reads the period from where it no longer is, and gets 1970': misreading({
      subscription: (data) => ({ ...data, currentPeriodStart: new Date(0), currentPeriodEnd: new Date(0) }),
    }),
    'reads the period from where it no longer is, and gets nothing': misreading({
      subscription: (data) => ({ ...data, currentPeriodStart: null, currentPeriodEnd: null }),
    }),
    'counts days, and claims that its periods are exact': misreading({
      subscription: (data) => ({
        ...data,
        currentPeriodStart: data.currentPeriodStart && new Date(data.currentPeriodStart.getTime() - 7_200_000),
      }),
    }),
  },
  'a card that fails at renewal makes it past_due or unpaid, not active and not canceled': {
    'says active while the money fails': misreading({
      subscription: (data) =>
        data.status === 'past_due' || data.status === 'unpaid' ? { ...data, status: 'active' } : data,
    }),
    'takes the first failure for the end': misreading({
      subscription: (data) =>
        data.status === 'past_due' || data.status === 'unpaid' ? { ...data, status: 'canceled' } : data,
    }),
  },
  'a preview changes nothing': {
    'makes the change in order to know its price': (right) => ({
      previewUpdate: async (input) => {
        const preview = await right.previewUpdate?.(input)
        await right.updateSubscription(input, newOperation('update_subscription', input))
        if (!preview) throw rejected(right.providerName)
        return preview
      },
    }),
  },
})
