import type { BillingTerms, ChargeAbility, ChargeData } from '../../../providers/provider.ts'
import { abilityOf, type Deviate, misreading, mistakesAgainst, misunderstanding } from './wrong-adapter.ts'

/** Lists charges otherwise. */
const listing =
  (change: (charges: ChargeData[]) => ChargeData[]): Deviate =>
  (right) => ({
    charges: {
      listCharges: async (input) => {
        const page = await abilityOf(right.charges).listCharges(input)
        return { ...page, data: change(page.data) }
      },
    },
  })

const each = (change: (charge: ChargeData) => Partial<ChargeData>): Deviate =>
  listing((charges) => charges.map((charge) => ({ ...charge, ...change(charge) })))

const paging =
  (listCharges: (right: ChargeAbility) => ChargeAbility['listCharges']): Deviate =>
  (right) => ({ charges: { listCharges: listCharges(abilityOf(right.charges)) } })

const pricing = (change: (terms: BillingTerms) => Partial<BillingTerms>): Deviate =>
  misreading({
    subscription: (data) => (data.terms ? { ...data, terms: { ...data.terms, ...change(data.terms) } } : data),
  })

let lastMadeUp = 0

export const wrongCharges = mistakesAgainst('charges', {
  'charges are there exactly if it makes no documents': {
    'shows none': () => ({ charges: undefined }) as ReturnType<Deviate>,
    'claims to make documents': ({ capabilities }) => ({ capabilities: { ...capabilities, invoices: 'provider' } }),
  },
  'a charge in JPY is exact to the last minor unit': {
    'takes yen for a hundredth of a yen': each(({ amount }) => ({ amount: amount * 100 })),
  },
  'a charge in EUR is exact to the last minor unit': {
    'drops the cents': each(({ amount }) => ({ amount: amount - (amount % 100) })),
  },
  'a charge in KWD is exact to the last minor unit': {
    'takes fils for cents': each(({ amount }) => ({ amount: amount / 10 })),
  },
  'a subscription tells what a cycle of it costs': {
    'tells the price of one seat': pricing(({ amount, quantity }) => ({ amount: amount / quantity })),
    'tells no terms': misreading({ subscription: ({ terms: _, ...data }) => data }),
    'tells no anchor': misreading({ subscription: (data) => ({ ...data, billingAnchorAt: null }) }),
  },
  'the anchor is kept from cycle to cycle': {
    'takes the present period for the anchor': misreading({
      subscription: (data) => ({ ...data, billingAnchorAt: data.currentPeriodStart }),
    }),
  },
  'the list shows each charge once and the oldest first, whole and with its tax as a part of it': {
    'drops what failed': listing((charges) => charges.filter(({ status }) => status === 'succeeded')),
    'lists the newest first': listing((charges) => charges.toReversed()),
    'adds the tax to what was taken': each(({ amount }) => ({ tax: amount + 1 })),
    'lists a charge twice': listing((charges) => [...charges, ...charges.slice(-1)]),
  },
  'a charge that failed says why, and has one id whenever it is told or listed': {
    'makes an id up at every look': each(({ status, externalPaymentId }) => {
      lastMadeUp += 1
      return { externalPaymentId: status === 'failed' ? `made-up-${lastMadeUp}` : externalPaymentId }
    }),
    'tells another id than it lists': misunderstanding((event) =>
      event.kind === 'charge.changed' && event.snapshot
        ? { ...event, snapshot: { ...event.snapshot, externalPaymentId: `${event.observedAt.getTime()}` } }
        : event,
    ),
    'drops why it failed': each(() => ({ declineCode: null, failureMessage: null })),
  },
  'a list of more than a hundred charges comes to its end, with each charge once': {
    'ignores the cursor, so the list has no end': paging(
      (right) =>
        ({ cursor: _, ...input }) =>
          right.listCharges(input),
    ),
    'stops after the first page': paging((right) => async (input) => ({
      ...(await right.listCharges(input)),
      nextCursor: null,
    })),
  },
  'what went back of a charge is shown by it': {
    'shows nothing that went back': each(() => ({ amountRefunded: 0 })),
  },
})
