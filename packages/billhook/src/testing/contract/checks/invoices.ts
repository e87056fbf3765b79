import type { InvoiceData } from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent, demandRefusal } from '../expectation.ts'
import { anotherCard, documents, payingInvoices } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'

/** A subscription whose renewal failed, and its open invoice. */
export async function failedRenewal(steps: ContractSteps) {
  const { externalSubscriptionId: id, externalCustomerId } = await steps.subscribe({ card: 'fails_later' })
  await steps.harness.advance('P32D')
  const [first, renewal] = await steps.invoices(id)
  const open = demandPresent(renewal, 'the invoice of the failed renewal')
  return { id, externalCustomerId, first: demandPresent(first, 'the first invoice'), open }
}

export function payInvoice(
  steps: ContractSteps,
  { externalInvoiceId, amountRemaining: amount, currency }: InvoiceData,
) {
  const input = { externalInvoiceId, amount, currency }
  const paying = steps.provider.payInvoice?.(input, steps.operation('pay_invoice', input))
  return paying ?? Promise.reject(new Error('the provider has no payInvoice'))
}

export const invoiceChecks = checksOf('invoices', {
  'the first invoice is paid, says why it was made and bills the current period': {
    catches: 'takes the period from the invoice’s own look-back, which is the cycle before',
    run: async (steps) => {
      const subscription = await steps.subscribe({ quantity: 2 })
      const { externalSubscriptionId, externalCustomerId, currentPeriodStart, currentPeriodEnd } = subscription
      const [invoice, ...others] = await steps.invoices(externalSubscriptionId)
      demandEqual(others, [], 'invoices beside the first')
      const period = { periodStart: currentPeriodStart, periodEnd: currentPeriodEnd }
      const who = { externalSubscriptionId, externalCustomerId }
      demandFields(invoice, { status: 'paid', billingReason: 'subscription_create', ...who }, 'the first invoice')
      demandFields(invoice, { total: 5800, amountPaid: 5800, ...period }, 'the first invoice')
    },
  },
  'a line tells no other price, quantity and period than what was bought': {
    catches: 'reads the first price, or the invoice’s own period, for every line',
    run: async (steps) => {
      const { externalSubscriptionId, items, currentPeriodStart, currentPeriodEnd } = await steps.subscribe({
        quantity: 2,
      })
      const [invoice] = await steps.invoices(externalSubscriptionId)
      const [line, ...others] = demandPresent(invoice, 'the first invoice').lines
      demandEqual(others, [], 'lines beside the first')
      const bought = { externalPriceId: items[0]?.externalPriceId ?? '', quantity: 2 }
      const told = { ...bought, periodStart: currentPeriodStart, periodEnd: currentPeriodEnd }
      // What a provider does not say about a line is null, and never a guess.
      const said = Object.fromEntries(Object.entries(told).filter(([key]) => line && Reflect.get(line, key) !== null))
      demandFields(line, said, 'the line')
    },
  },
  'a renewal bills the new period, once': {
    catches: 'takes the period from the invoice’s look-back, or bills a cycle twice',
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      await steps.harness.advance('P32D')
      const { currentPeriodStart, currentPeriodEnd } = await steps.subscription(id)
      const [, renewal, ...others] = await steps.invoices(id)
      demandEqual(others, [], 'invoices beside the first two')
      const period = { periodStart: currentPeriodStart, periodEnd: currentPeriodEnd }
      demandFields(renewal, { billingReason: 'subscription_cycle', total: 2900, ...period }, 'the renewal’s invoice')
    },
  },
  'a subscription names its newest invoice': {
    catches: 'keeps naming the first invoice, so people are sent to pay the wrong one',
    needs: [documents],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      for (let months = 0; months < 2; months += 1) {
        const newest = (await steps.invoices(id)).at(-1)?.externalInvoiceId
        demandEqual((await steps.subscription(id)).latestExternalInvoiceId, newest, 'the newest invoice')
        await steps.harness.advance('P32D')
      }
    },
  },
  'an invoice is the same one by one as in the lists, found by customer and by subscription': {
    catches: 'reads fewer facts from a list than from the object',
    run: async (steps) => {
      const { externalSubscriptionId: id, externalCustomerId } = await steps.subscribe()
      const [invoice] = await steps.invoices(id)
      const read = await steps.provider.retrieveInvoice(invoice?.externalInvoiceId ?? '')
      demandEqual(read, invoice, 'the invoice read, against the list')
      const { data } = await steps.provider.listInvoices({ externalCustomerId })
      demandEqual(data, [invoice], 'the invoices of the customer')
    },
  },
  'a list of more than a hundred comes to its end, with each invoice once': {
    catches: 'ignores the cursor and starts again, or stops after the first page',
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe({ price: { interval: 'day' } })
      await steps.harness.advance('P104D')
      const ids = (await steps.invoices(id)).map(({ externalInvoiceId }) => externalInvoiceId)
      demandEqual(ids.length, 105, 'invoices of 105 days')
      demandEqual(new Set(ids).size, 105, 'different invoices among them')
    },
  },
  'the list of subscriptions has the ended ones too': {
    catches: 'lists as the provider does by default, without what has ended, so drift is never found',
    run: async (steps) => {
      const { externalSubscriptionId: id, externalCustomerId } = await steps.subscribe()
      const { cancel } = steps.provider.capabilities
      await steps.cancel(id, !cancel.immediately)
      if (!cancel.immediately) await steps.harness.advance('P32D')
      const listed = await steps.pages((cursor) => steps.provider.listSubscriptions({ externalCustomerId, cursor }))
      demandEqual(
        listed.map(({ externalSubscriptionId, status }) => [externalSubscriptionId, status]),
        [[id, 'canceled']],
        'the subscriptions of the customer',
      )
    },
  },
  'a paid invoice says when it was paid, and one that is not paid does not': {
    catches: 'shows an invoice as paid without the time of its payment',
    run: async (steps) => {
      const { first, open } = await failedRenewal(steps)
      demandEqual(first.status, 'paid', 'the first invoice')
      demand(first.paidAt instanceof Date, 'a paid invoice does not say when it was paid')
      demandEqual(open.paidAt, null, 'the payment of an open invoice')
    },
  },
  'an invoice whose payment failed stays open, with all of it left to pay': {
    catches: 'takes an attempt for a payment',
    run: async (steps) => {
      const { open } = await failedRenewal(steps)
      demandFields(open, { status: 'open', amountPaid: 0, amountRemaining: 2900 }, 'the invoice of the renewal')
    },
  },
  'an invoice has the times of its status: finalized unless it is a draft, voided only if it is void': {
    catches: 'shows a draft as open, so people are asked to pay what may still change',
    run: async (steps) => {
      const { first, open } = await failedRenewal(steps)
      for (const invoice of [first, open]) {
        const isFinal = invoice.finalizedAt instanceof Date
        demandEqual(isFinal, invoice.status !== 'draft', `whether a ${invoice.status} invoice is finalized`)
        demandEqual(invoice.voidedAt !== null, invoice.status === 'void', `whether a ${invoice.status} one is voided`)
        demand(invoice.createdAt instanceof Date, 'the invoice does not say when it was made')
      }
    },
  },
  'an invoice that is read shows its payments, those that failed with the reason': {
    catches: 'leaves the payments out, so nothing can be refunded and nobody learns why a card failed',
    run: async (steps) => {
      const { first, open } = await failedRenewal(steps)
      const paid = (await steps.provider.retrieveInvoice(first.externalInvoiceId)).payments ?? []
      demandEqual(
        paid.map(({ status, amount }) => [status, amount]),
        [['succeeded', 2900]],
        'status and amount of the payments of a paid invoice',
      )
      const failed = (await steps.provider.retrieveInvoice(open.externalInvoiceId)).payments ?? []
      demand(failed.length > 0, 'an invoice whose payment failed shows no attempt')
      for (const payment of failed) {
        demand(payment.status !== 'succeeded', 'a declined payment is shown as succeeded')
        demand(payment.declineCode, 'a failed payment does not say why')
      }
    },
  },
  'paying an open invoice with a card that is declined leaves it open: a decline, or a link to put it right': {
    catches: 'answers paid before the money came',
    needs: [payingInvoices],
    run: async (steps) => {
      const { open } = await failedRenewal(steps)
      const paying = payInvoice(steps, open)
      const result = await paying.catch(() => null)
      if (result === null) await demandRefusal(paying, 'payment_declined', 'paying with a dead card')
      else demandEqual(result.outcome, 'requires_action', 'the outcome of paying with a dead card')
      const after = await steps.provider.retrieveInvoice(open.externalInvoiceId)
      demandFields(after, { status: 'open', amountPaid: 0, paidAt: null }, 'the invoice after the decline')
    },
  },
  'paying what is paid already is a success and takes no money again': {
    catches: 'charges a paid invoice again, or fails',
    needs: [payingInvoices],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      const invoice = demandPresent((await steps.invoices(id))[0], 'the first invoice')
      const result = await payInvoice(steps, invoice)
      demandEqual(result.outcome, 'paid', 'the outcome')
      const [after, ...others] = await steps.invoices(id)
      demandFields(result.invoice ?? after, { amountPaid: 2900, amountRemaining: 0 }, 'the invoice paid again')
      demandEqual(others, [], 'invoices after paying again')
    },
  },
  'paid on demand with a card that works, the invoice is paid and the subscription active again': {
    catches: 'leaves no way back from an unpaid invoice',
    needs: [payingInvoices, anotherCard],
    run: async (steps) => {
      const { id, open, externalCustomerId } = await failedRenewal(steps)
      await steps.harness.replaceCard?.(externalCustomerId, 'pays')
      const { outcome, invoice } = await payInvoice(steps, open)
      demandEqual(outcome, 'paid', 'the outcome')
      const after = invoice ?? (await steps.provider.retrieveInvoice(open.externalInvoiceId))
      demandFields(after, { status: 'paid', amountPaid: 2900, amountRemaining: 0 }, 'the invoice')
      demandEqual((await steps.subscription(id)).status, 'active', 'the subscription once its debt is paid')
    },
  },
})
