import type { RefundAbility, RefundData } from '../../../providers/provider.ts'
import {
  abilityOf,
  type Deviate,
  failure,
  misreading,
  missing,
  mistakesAgainst,
  onError,
  withNewKey,
} from './wrong-adapter.ts'

function refunding(change: (own: RefundAbility) => Partial<RefundAbility>): Deviate {
  return ({ refunds }) => {
    const right = abilityOf(refunds)
    const own: RefundAbility = {
      createRefund: (...call) => right.createRefund(...call),
      retrieveRefund: (...call) => right.retrieveRefund(...call),
    }
    return { refunds: { ...own, ...change(own) } }
  }
}

/** Says yes to whatever is asked. */
const generous = refunding((own) => ({
  createRefund: (input, operation) =>
    own.createRefund(input, operation).catch((): RefundData => {
      const { externalPaymentId, amount, currency, reason, reference } = input
      const facts = { externalPaymentId, amount, currency, reason, reference, failureMessage: null }
      const nobody = { externalInvoiceId: null, externalCustomerId: null, createdAt: new Date(0) }
      return { externalRefundId: 're_made_up', status: 'succeeded', ...facts, ...nobody }
    }),
}))

export const wrongRefunds = mistakesAgainst('refunds', {
  'a full refund gives the whole payment back and names it': {
    'answers in major units': refunding((own) => ({
      createRefund: async (...call) => {
        const refund = await own.createRefund(...call)
        return { ...refund, amount: refund.amount / 100 }
      },
    })),
    'does not name the payment': refunding((own) => ({
      createRefund: async (...call) => ({ ...(await own.createRefund(...call)), externalPaymentId: '' }),
    })),
  },
  'a refund shows on its invoice, which stays paid': {
    'leaves amountRefunded at zero': misreading({ invoice: (data) => ({ ...data, amountRefunded: 0 }) }),
    'takes the refund off what was paid': misreading({
      invoice: (data) => ({ ...data, amountPaid: data.amountPaid - data.amountRefunded }),
    }),
  },
  'a payment can be given back in parts, up to the whole': {
    'gives all of it back whatever was asked': refunding((own) => ({
      createRefund: (input, operation) => own.createRefund({ ...input, amount: 2900 }, operation),
    })),
  },
  'more than is left of a payment is refused as refund_not_possible': { 'gives back more than was paid': generous },
  'a refund repeated with its operation is one refund': {
    'forgets the idempotency key': refunding((own) => ({
      createRefund: (input, operation) => own.createRefund(input, withNewKey(operation)),
    })),
  },
  'a payment that failed cannot be given back': { 'sends money back that never came': generous },
  'a payment that nobody made cannot be given back': {
    'says yes to a payment it does not know': generous,
    'asks to try again for ever': refunding((own) => ({
      createRefund: (input, operation) =>
        onError(own.createRefund(input, operation), 'resource_missing', () => {
          throw failure('wrong', 'provider_unavailable')
        }),
    })),
  },
  'a refund is told by a webhook, as it is read': { 'subscribes to no refunds': missing('refund.changed') },
})
