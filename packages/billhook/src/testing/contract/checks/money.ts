import { isActiveCurrency } from '../../../primitives/index.ts'
import type { InvoiceData } from '../../../providers/provider.ts'
import { type ContractCheck, checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent } from '../expectation.ts'
import { currency, planChanges, proration } from '../needs.ts'
import {
  demandAmountDue,
  demandLinesSumToSubtotal,
  demandNothingNegative,
  demandTotal,
  demandWholeUnits,
} from '../sound-amounts.ts'
import type { ContractSteps } from '../steps.ts'
import { failedRenewal } from './invoices.ts'

/** Minor units that every provider takes: where there are three decimals, card networks want the last one to be 0. */
const priceByCurrency = {
  JPY: { amount: 2900, decimals: 0 },
  EUR: { amount: 2999, decimals: 2 },
  KWD: { amount: 29_990, decimals: 3 },
}

/** Invoices of several kinds: a purchase, an upgrade that is prorated where it can be, a renewal, and a renewal that failed. */
async function variousInvoices(steps: ContractSteps): Promise<InvoiceData[]> {
  const subscription = await steps.subscribe({ price: { amount: 2999 }, quantity: 3 })
  const { changePlan } = steps.provider.capabilities
  const mode = changePlan.proration.at(-1)
  if (mode && !changePlan.mayRequireApproval) {
    const { externalPriceId } = await steps.price({ amount: 9900 })
    await steps.harness.advance('P10D')
    await steps.update(subscription, { externalPriceId }, mode)
  }
  const { first, open } = await failedRenewal(steps)
  return [...(await steps.invoices(subscription.externalSubscriptionId)), first, open]
}

/** A plan that became cheaper in the middle of its period, charged or credited at once. */
async function downgraded(steps: ContractSteps) {
  const subscription = await steps.subscribe({ price: { amount: 9900 } })
  const { externalPriceId } = await steps.price({ amount: 2900 })
  await steps.harness.advance('P10D')
  await steps.update(subscription, { externalPriceId }, 'immediate')
  const id = subscription.externalSubscriptionId
  return { id, invoice: demandPresent((await steps.invoices(id)).at(-1), 'the invoice of the downgrade') }
}

const currencyChecks: ContractCheck[] = Object.entries(priceByCurrency).flatMap(([code, { amount, decimals }]) =>
  checksOf('money', {
    [`an amount in ${code}, with ${decimals} decimals, is exact to the last minor unit`]: {
      catches: `takes ${code} for a currency of another number of decimals: ${decimals === 0 ? 'a hundredfold charge' : 'wrong by powers of ten'}`,
      needs: [currency(code)],
      run: async (steps) => {
        const subscription = await steps.subscribe({ price: { currency: code, amount }, quantity: 3 })
        const [invoice] = await steps.invoices(subscription.externalSubscriptionId)
        demandFields(invoice, { currency: code, total: amount * 3, amountPaid: amount * 3 }, 'the first invoice')
        demandEqual(invoice?.lines[0]?.amount, amount * 3, 'its first line')
        demandEqual(subscription.currency, code, 'the currency of the subscription')
      },
    },
  }),
)

const amountChecks = checksOf('money', {
  'amounts are whole minor units': {
    catches: 'counts money in floating point or in major units',
    run: async (steps) => {
      for (const invoice of await variousInvoices(steps)) demandWholeUnits(invoice)
    },
  },
  'the lines sum to the subtotal': {
    catches: 'counts tax or discounts in the lines, drops credits, or reads the first page of lines only',
    run: async (steps) => {
      for (const invoice of await variousInvoices(steps)) demandLinesSumToSubtotal(invoice)
    },
  },
  'the total is the subtotal less discount plus tax': {
    catches: 'takes the total before discounts, or what is due for the total',
    run: async (steps) => {
      for (const invoice of await variousInvoices(steps)) demandTotal(invoice)
    },
  },
  'what is due is the total less the credit that was used, and never below zero': {
    catches: 'mixes up total and amount due',
    run: async (steps) => {
      for (const invoice of await variousInvoices(steps)) demandAmountDue(invoice)
    },
  },
  'what is paid, left, credited and refunded is never negative, and a paid invoice leaves nothing': {
    catches: 'books a credit as a negative payment',
    run: async (steps) => {
      for (const invoice of await variousInvoices(steps)) demandNothingNegative(invoice)
    },
  },
  'a currency is an upper-case ISO 4217 code, one for the subscription, its invoices and payments': {
    catches: 'passes the provider’s spelling on ("usd"), so amounts of one currency do not add up',
    run: async (steps) => {
      const { externalSubscriptionId: id, currency: code } = await steps.subscribe()
      demand(isActiveCurrency(code), `"${code}" is no ISO 4217 code`)
      for (const listed of await steps.invoices(id)) {
        const invoice = await steps.provider.retrieveInvoice(listed.externalInvoiceId)
        demandEqual(invoice.currency, code, 'the currency of the invoice')
        for (const payment of invoice.payments ?? []) demandEqual(payment.currency, code, 'the currency of a payment')
      }
    },
  },
  'a cheaper plan gives a negative line and takes no money': {
    catches: 'drops the sign of a credit, so a downgrade charges',
    needs: [proration('immediate'), planChanges],
    run: async (steps) => {
      const { invoice } = await downgraded(steps)
      const signs = invoice.lines.filter((line) => line.proration).map(({ amount }) => Math.sign(amount))
      demandEqual(
        signs.sort((a, b) => a - b),
        [-1, 1],
        'the signs of the proration lines',
      )
      demand(invoice.subtotal < 0, `the downgrade from 9900 to 2900 comes to ${invoice.subtotal}`)
      demandFields(invoice, { amountDue: 0, amountPaid: 0, amountRemaining: 0 }, 'the invoice of the downgrade')
    },
  },
  'credit from a cheaper plan is used by the next invoice, and shown there': {
    catches: 'forgets the customer’s credit',
    needs: [proration('immediate'), planChanges],
    run: async (steps) => {
      const { id, invoice } = await downgraded(steps)
      await steps.harness.advance('P32D')
      const next = demandPresent((await steps.invoices(id)).at(-1), 'the next invoice')
      const credit = Math.min(-invoice.total, next.total)
      demandFields(next, { total: 2900, creditApplied: credit, amountDue: 2900 - credit }, 'the next invoice')
    },
  },
})

export const moneyChecks = [...currencyChecks, ...amountChecks]
