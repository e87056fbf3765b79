import type { CreateRefundInput, PaymentData } from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent, demandRefusal } from '../expectation.ts'
import { partialRefunds, refunds } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'
import { failedRenewal } from './invoices.ts'

async function paymentOf(steps: ContractSteps, externalInvoiceId: string): Promise<PaymentData> {
  const { payments } = await steps.provider.retrieveInvoice(externalInvoiceId)
  return demandPresent(payments?.[0], 'the payment of the invoice')
}

/** A purchase and the payment that can be given back. */
export async function paidOnce(steps: ContractSteps) {
  const { externalSubscriptionId: id } = await steps.subscribe()
  const invoice = demandPresent((await steps.invoices(id))[0], 'the first invoice')
  const payment = await paymentOf(steps, invoice.externalInvoiceId)
  const input = (amount: number): CreateRefundInput => ({
    externalPaymentId: payment.externalPaymentId,
    amount,
    currency: 'USD',
    reason: 'requested_by_customer',
    reference: { organizationId: 'bhorg_contract' },
  })
  return { id, invoice, payment, input }
}

export function refund(
  steps: ContractSteps,
  input: CreateRefundInput,
  operation = steps.operation('create_refund', input),
) {
  const ability = demandPresent(steps.provider.refunds, 'the ability to refund')
  return ability.createRefund(input, operation)
}

async function amountRefunded(steps: ContractSteps, externalInvoiceId: string): Promise<number> {
  return (await steps.provider.retrieveInvoice(externalInvoiceId)).amountRefunded
}

export const refundChecks = checksOf('refunds', {
  'a full refund gives the whole payment back and names it': {
    catches: 'refunds another amount, or does not tell of which payment',
    needs: [refunds],
    run: async (steps) => {
      const { payment, input } = await paidOnce(steps)
      const made = await refund(steps, input(2900))
      const { externalPaymentId } = payment
      demandFields(made, { amount: 2900, currency: 'USD', externalPaymentId }, 'the refund')
      demand(made.status !== 'failed', 'a refund of a paid payment failed')
      const read = await steps.provider.refunds?.retrieveRefund(made.externalRefundId)
      demandEqual(read, made, 'the refund read, against the one that was made')
    },
  },
  'a refund shows on its invoice, which stays paid': {
    catches: 'leaves amountRefunded at zero, or reopens the invoice',
    needs: [refunds],
    run: async (steps) => {
      const { invoice, input } = await paidOnce(steps)
      await refund(steps, input(2900))
      const after = await steps.provider.retrieveInvoice(invoice.externalInvoiceId)
      demandFields(after, { status: 'paid', amountPaid: 2900, amountRefunded: 2900, amountRemaining: 0 }, 'the invoice')
    },
  },
  'a payment can be given back in parts, up to the whole': {
    catches: 'takes every refund for a full one',
    needs: [partialRefunds],
    run: async (steps) => {
      const { invoice, input } = await paidOnce(steps)
      demandEqual((await refund(steps, input(900))).amount, 900, 'the first part')
      demandEqual(await amountRefunded(steps, invoice.externalInvoiceId), 900, 'refunded after the first part')
      await refund(steps, input(2000))
      demandEqual(await amountRefunded(steps, invoice.externalInvoiceId), 2900, 'refunded after both')
    },
  },
  'more than is left of a payment is refused as refund_not_possible': {
    catches: 'gives back more than was paid',
    needs: [refunds],
    run: async (steps) => {
      const { invoice, input } = await paidOnce(steps)
      await demandRefusal(refund(steps, input(2901)), 'refund_not_possible', 'more than was paid')
      await refund(steps, input(2900))
      await demandRefusal(refund(steps, input(2900)), 'refund_not_possible', 'the whole payment, again')
      demandEqual(await amountRefunded(steps, invoice.externalInvoiceId), 2900, 'refunded in the end')
    },
  },
  'a refund repeated with its operation is one refund': {
    catches: 'refunds twice when the answer to the first was lost',
    needs: [partialRefunds],
    run: async (steps) => {
      const { invoice, input } = await paidOnce(steps)
      const operation = steps.operation('create_refund', input(900))
      const first = await refund(steps, input(900), operation)
      const second = await refund(steps, input(900), operation)
      demandEqual(second.externalRefundId, first.externalRefundId, 'the refund of the repeated operation')
      demandEqual(await amountRefunded(steps, invoice.externalInvoiceId), 900, 'refunded after the repeat')
    },
  },
  'a payment that failed cannot be given back': {
    catches: 'sends money back that never came',
    needs: [refunds],
    run: async (steps) => {
      const { open } = await failedRenewal(steps)
      const { externalPaymentId } = await paymentOf(steps, open.externalInvoiceId)
      const { input } = await paidOnce(steps)
      const call = refund(steps, { ...input(2900), externalPaymentId })
      await demandRefusal(call, 'refund_not_possible', 'a refund of a failed payment')
    },
  },
  'a payment that nobody made cannot be given back': {
    catches: 'answers success, or another error, for a payment it does not know',
    needs: [refunds],
    run: async (steps) => {
      const { input } = await paidOnce(steps)
      const call = refund(steps, { ...input(2900), externalPaymentId: 'pay_GoneLongAgo' })
      await demandRefusal(call, ['resource_missing', 'refund_not_possible'], 'a refund of a missing payment')
    },
  },
  'a refund is told by a webhook, as it is read': {
    catches: 'tells nothing of a refund made in the provider’s own pages, or takes it for something else',
    needs: [refunds],
    run: async (steps) => {
      const { input } = await paidOnce(steps)
      await steps.harness.nextWebhooks()
      const made = await refund(steps, input(2900))
      const told = (await steps.nextMeanings()).filter((event) => event.kind === 'refund.changed')
      const last = demandPresent(told.at(-1), 'a webhook of the refund')
      if (last.snapshot && !last.reread) {
        demandEqual(last.snapshot, await steps.provider.refunds?.retrieveRefund(made.externalRefundId), 'the snapshot')
      }
    },
  },
})
