import type { Capabilities, CreateCheckoutSessionInput, PayInvoiceResult } from '../../../providers/provider.ts'
import { abilityOf, type Deviate, type Deviation, failure, misreading, mistakesAgainst } from './wrong-adapter.ts'

/** Claims something else than it does. */
const claiming = (change: (claims: Capabilities) => Partial<Capabilities>): Deviate => {
  return ({ capabilities }) => ({ capabilities: { ...capabilities, ...change(capabilities) } })
}

const claimingOptions = (options: Partial<Capabilities['checkoutOptions']>): Deviate =>
  claiming(({ checkoutOptions }) => ({ checkoutOptions: { ...checkoutOptions, ...options } }))

/** Claims an ability that is not there. */
const without =
  (ability: keyof Deviation): Deviate =>
  () => ({ [ability]: undefined })

const refusing = (): Deviate => (right) => ({
  createCheckoutSession: () => Promise.reject(failure(right.providerName, 'unsupported')),
})

/** Opens the session without the option, and does not say so. */
const dropping = (option: keyof CreateCheckoutSessionInput, claim: keyof Capabilities['checkoutOptions']): Deviate => {
  return (right, harness) => ({
    ...claimingOptions({ [claim]: false })(right, harness),
    createCheckoutSession: ({ [option]: _, ...input }, operation) =>
      right.createCheckoutSession(input as CreateCheckoutSessionInput, operation),
  })
}

const forms = mistakesAgainst('honesty', {
  'it names itself, its kind and its mode': {
    'has a name that fits no path': () => ({ providerName: 'Sandbox!' }),
    'is of no kind': () => ({ providerKind: '' }),
  },
  'cancel.immediately is claimed exactly if it works': {
    'can what it denies': claiming(({ cancel }) => ({ cancel: { ...cancel, immediately: false } })),
    'claims what it cannot': (right) => ({
      cancelSubscription: (input, operation) =>
        input.atPeriodEnd
          ? right.cancelSubscription(input, operation)
          : Promise.reject(failure(right.providerName, 'unsupported')),
    }),
  },
  'cancel.atPeriodEnd is claimed exactly if it works': {
    'can what it denies': claiming(({ cancel }) => ({ cancel: { ...cancel, atPeriodEnd: false } })),
    'claims what it cannot': (right) => ({
      cancelSubscription: (input, operation) => right.cancelSubscription({ ...input, atPeriodEnd: false }, operation),
    }),
  },
  'reactivate is claimed exactly if a scheduled end can be taken back': {
    'can what it denies': claiming(() => ({ reactivate: false })),
    'claims what it cannot': (right) => ({
      reactivateSubscription: () => Promise.reject(failure(right.providerName, 'unsupported')),
    }),
  },
  'quantity is claimed exactly if it can be changed': {
    'can what it denies': claiming(() => ({ quantity: false })),
    'claims what it cannot': misreading({
      subscription: (data) => ({ ...data, items: data.items.map((item) => ({ ...item, quantity: 1 })) }),
    }),
  },
  'trials are claimed exactly if they work: nothing is charged before the end, all of it then': {
    'can what it denies': claiming(() => ({ trials: false })),
    'charges at the start of the trial': (right) => ({
      createCheckoutSession: (input, operation) => right.createCheckoutSession({ ...input, trialDays: 0 }, operation),
    }),
  },
  'proration "none" is claimed exactly if it works': {
    'prorates all the same': (right) => ({
      updateSubscription: (input, operation) =>
        right.updateSubscription({ ...input, proration: 'next_invoice' }, operation),
    }),
  },
  'proration "next_invoice" is claimed exactly if it works': {
    'charges at once': (right) => ({
      updateSubscription: (input, operation) =>
        right.updateSubscription({ ...input, proration: 'immediate' }, operation),
    }),
  },
  'proration "immediate" is claimed exactly if it works': {
    'leaves it to the next invoice': (right) => ({
      updateSubscription: (input, operation) =>
        right.updateSubscription({ ...input, proration: 'next_invoice' }, operation),
    }),
    'can what it denies': claiming(({ changePlan }) => ({ changePlan: { ...changePlan, proration: ['none'] } })),
  },
  'checkout option "promotionCodes" is refused where it is not claimed': {
    'drops it silently': dropping('allowPromotionCodes', 'promotionCodes'),
  },
  'checkout option "taxIds" is refused where it is not claimed': {
    'drops it silently': dropping('collectTaxIds', 'taxIds'),
  },
  'checkout option "automaticTax" is refused where it is not claimed': {
    'drops it silently': dropping('automaticTax', 'automaticTax'),
  },
  'checkout option "coupons" is refused where it is not claimed': {
    'drops it silently': dropping('externalCouponId', 'coupons'),
  },
  'checkout option "promotionCodes" works where it is claimed': { 'claims what it refuses': refusing() },
  'checkout option "taxIds" works where it is claimed': {
    'claims what it refuses': (right, harness) => ({
      ...claimingOptions({ taxIds: true })(right, harness),
      ...refusing()(right, harness),
    }),
  },
  'checkout option "automaticTax" works where it is claimed': {
    'claims what it refuses': (right, harness) => ({
      ...claimingOptions({ automaticTax: true })(right, harness),
      ...refusing()(right, harness),
    }),
  },
})

const abilities = mistakesAgainst('honesty', {
  'pause is claimed exactly if it is there, kind by kind': {
    'can what it denies': claiming(() => ({ pause: [] })),
    'denies one kind and does it': claiming(() => ({ pause: ['service'] })),
    'claims what it cannot': without('pause'),
  },
  'preview is claimed exactly if it is there': {
    'can what it denies': claiming(() => ({ preview: false })),
    'claims what it cannot': without('previewUpdate'),
  },
  'payInvoice is claimed exactly if it is there': {
    'can what it denies': claiming(() => ({ payInvoice: false })),
    'claims what it cannot': without('payInvoice'),
  },
  'portal is claimed exactly if it is there': {
    'can what it denies': claiming(() => ({ portal: false })),
    'claims what it cannot': without('portal'),
  },
  'usage is claimed exactly if it is there': {
    'can what it denies': claiming(() => ({ usage: false })),
    'claims what it cannot': without('usage'),
  },
  'refunds are claimed exactly if they are there': {
    'can what it denies': claiming(() => ({ refunds: 'none' })),
    'claims what it cannot': without('refunds'),
  },
  'coupons are claimed exactly if they are there': {
    'can what it denies': claimingOptions({ coupons: false }),
    'claims what it cannot': without('coupons'),
  },
  'the portal gives a link for a customer, and none for one who is not there': {
    'opens the portal for anybody': () => ({
      portal: { createPortalLink: async () => ({ url: 'https://portal.example.test/' }) },
    }),
    'gives no address': () => ({ portal: { createPortalLink: async () => ({ url: '' }) } }),
  },
  'an invoice is paid on demand only if there is one': {
    'answers paid for anything': (right) => ({
      payInvoice: (...call) =>
        abilityOf(right.payInvoice)
          .apply(right, call)
          .catch(() => ({ outcome: 'paid' }) as PayInvoiceResult),
    }),
  },
  'usage is taken, and taken again under its operation': {
    'refuses the repeat': (right) => {
      const seen = new Set<string>()
      return {
        usage: {
          reportUsage: async (_, { idempotencyKey }) => {
            if (seen.has(idempotencyKey)) throw failure(right.providerName, 'idempotency_conflict')
            seen.add(idempotencyKey)
            return { accepted: true }
          },
        },
      }
    },
  },
  'invoices are numbered exactly if it claims to make them': {
    'numbers nothing': misreading({ invoice: (data) => ({ ...data, number: null }) }),
    'numbers what it leaves to others': claiming(() => ({ invoices: 'none' })),
  },
  'a currency that is not claimed is unsupported_currency': {
    'sells in any currency': claiming(() => ({ currencies: ['USD', 'EUR'] })),
  },
  'testClock is claimed exactly if there is a clock that moves': {
    'can what it denies': claiming(() => ({ testClock: false })),
    'has a clock that stands still': (right) => {
      const stopped = right.now?.()
      return { now: () => stopped ?? Promise.resolve(new Date(0)) }
    },
  },
})

export const wrongClaims = [...forms, ...abilities]
