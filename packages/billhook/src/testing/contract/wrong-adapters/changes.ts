import { randomUUID } from 'node:crypto'
import type {
  BasePaymentProvider,
  ChangePreviewData,
  PauseData,
  SubscriptionData,
} from '../../../providers/provider.ts'
import { abilityOf, type Deviate, misreading, mistakesAgainst, onError, pausing, rejected } from './wrong-adapter.ts'

function previewing(change: (preview: ChangePreviewData) => ChangePreviewData): Deviate {
  return (right) => ({
    previewUpdate: async (input) => change(await abilityOf(right.previewUpdate).call(right, input)),
  })
}

function publishingCoupons(
  change: (input: Parameters<NonNullable<BasePaymentProvider['coupons']>['publishCoupon']>[0]) => typeof input,
): Deviate {
  return ({ coupons }) => {
    const right = abilityOf(coupons)
    return { coupons: { publishCoupon: (input, operation) => right.publishCoupon(change(input), operation) } }
  }
}

const isPaused = ({ status }: SubscriptionData) => status === 'paused'
const nothing = { lines: [], proration: 0, tax: 0, creditApplied: 0, dueNow: 0, nextCharge: null }

export const wrongChanges = mistakesAgainst('lifecycle', {
  'a paused service is paused, and says which pause it is and since when': {
    'shows a pause as active': misreading({
      subscription: (data) => (isPaused(data) ? { ...data, status: 'active' } : data),
    }),
    'does not say since when': misreading({
      subscription: (data) => ({ ...data, pause: data.pause && { ...data.pause, from: null } }),
    }),
  },
  'a paused collection says so, while the product goes on': {
    'knows one of the two kinds of pause': misreading({
      subscription: (data) => (data.pause?.kind === 'collection' ? { ...data, pause: null } : data),
    }),
    'takes the product away while only collection waits': misreading({
      subscription: (data) => (data.pause ? { ...data, status: 'paused' } : data),
    }),
  },
  'while it is paused no money is taken': {
    'keeps the pause to itself and goes on charging': (right) => ({
      pause: {
        pauseSubscription: async ({ externalSubscriptionId, kind }) => {
          const subscription = await right.retrieveSubscription(externalSubscriptionId)
          const pause: PauseData = { kind, from: new Date(0), resumesAt: null }
          return { outcome: 'applied', subscription: { ...subscription, pause } }
        },
        resumeSubscription: (...call) => abilityOf(right.pause).resumeSubscription(...call),
      },
    }),
  },
  'resumed, it runs without a pause, and resuming it again is a success': {
    'leaves the pause where it was': pausing((_, right) => ({
      resumeSubscription: async ({ externalSubscriptionId }) => ({
        outcome: 'applied',
        subscription: await right.retrieveSubscription(externalSubscriptionId),
      }),
    })),
    'throws when it runs already': pausing((own, right) => ({
      resumeSubscription: async (input, operation) => {
        const { pause } = await right.retrieveSubscription(input.externalSubscriptionId)
        if (pause === null) throw rejected(right.providerName)
        return own.resumeSubscription(input, operation)
      },
    })),
  },
  'a pause with an end says when, and is over by itself then': {
    'drops the end of the pause': pausing((own) => ({
      pauseSubscription: ({ resumesAt: _, ...input }, operation) => own.pauseSubscription(input, operation),
    })),
  },
  'committing what a preview showed charges exactly that, also a while later': {
    'previews another amount than it charges': previewing((preview) => ({ ...preview, dueNow: preview.dueNow - 1 })),
    'prorates to the moment of the commit instead of the preview’s': (right) => ({
      updateSubscription: ({ prorationAt: _, ...input }, operation) => right.updateSubscription(input, operation),
    }),
  },
  'a preview’s proration is the sum of its signed lines, and more than nothing for an upgrade': {
    'forgets the credit for the unused rest': previewing((preview) => {
      const lines = preview.lines.filter(({ amount }) => amount > 0)
      return { ...preview, lines, proration: lines.reduce((sum, { amount }) => sum + amount, 0) }
    }),
    'quotes nothing': previewing((preview) => ({ ...preview, ...nothing })),
  },
  'a preview of what is missing is an error and never a price of zero': {
    'answers zero when the preview failed': (right) => ({
      previewUpdate: (input) =>
        onError(abilityOf(right.previewUpdate).call(right, input), 'resource_missing', () => ({
          ...nothing,
          currency: 'USD',
          prorationAt: new Date(0),
        })),
    }),
  },
  'a coupon published twice is one coupon': {
    'makes a coupon at each publication': publishingCoupons(({ coupon }) => ({
      coupon: { ...coupon, id: randomUUID() },
    })),
  },
  'a coupon that applies once lowers the first invoice, as a discount beside the lines': {
    'discounts for ever': publishingCoupons(({ coupon }) => ({ coupon: { ...coupon, duration: 'forever' } })),
    'drops the coupon silently': (right) => ({
      createCheckoutSession: ({ externalCouponId: _, ...input }, operation) =>
        right.createCheckoutSession(input, operation),
    }),
    'hides the discount in the lines': misreading({
      invoice: (data) => ({ ...data, subtotal: data.subtotal - data.discount, discount: 0 }),
    }),
  },
})
