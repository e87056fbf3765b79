import { describe, expect, it } from 'vitest'
import type { InvoiceData } from '../../providers/snapshots.ts'
import { ContractSteps, type MakeContractHarness } from './harness.ts'

/** Every rule an invoice's amounts keep, whatever it bills. */
export function expectSoundAmounts(invoice: InvoiceData): void {
  const { subtotal, discount, tax, total, creditApplied, amountDue, amountPaid, amountRemaining, amountRefunded } =
    invoice
  const amounts = {
    subtotal,
    discount,
    tax,
    total,
    creditApplied,
    amountDue,
    amountPaid,
    amountRemaining,
    amountRefunded,
  }
  for (const [name, amount] of Object.entries(amounts)) expect(Number.isSafeInteger(amount), name).toBe(true)
  expect(invoice.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(subtotal)
  expect(subtotal - discount + tax).toBe(total)
  expect(Math.max(0, total - creditApplied)).toBe(amountDue)
  expect(amountRemaining).toBe(invoice.status === 'paid' ? 0 : amountDue - amountPaid)
  for (const amount of [creditApplied, amountPaid, amountRemaining, amountRefunded])
    expect(amount).toBeGreaterThanOrEqual(0)
  for (const payment of invoice.payments ?? []) expect(payment.currency).toBe(invoice.currency)
}

/** Amounts in minor units that every provider takes: the last digit of three decimals is 0 for card networks. */
const currencies = [
  { currency: 'JPY', amount: 2900 },
  { currency: 'EUR', amount: 2999 },
  { currency: 'KWD', amount: 29_990 },
]

export function invoicesContract(makeHarness: MakeContractHarness): void {
  describe('invoices', () => {
    it('of the first period is paid, says why it was made and bills the current period', async () => {
      const steps = new ContractSteps(await makeHarness())
      const subscription = await steps.subscribe({ quantity: 2 })
      const [invoice, ...others] = await steps.invoices(subscription.externalSubscriptionId)
      expect(others).toEqual([])
      expect(invoice).toMatchObject({
        status: 'paid',
        billingReason: 'subscription_create',
        externalSubscriptionId: subscription.externalSubscriptionId,
        externalCustomerId: subscription.externalCustomerId,
        currency: 'USD',
        total: 5800,
        amountPaid: 5800,
        periodStart: subscription.currentPeriodStart,
        periodEnd: subscription.currentPeriodEnd,
      })
      expect(invoice?.paidAt).toBeInstanceOf(Date)
      expect(subscription.latestExternalInvoiceId).toBe(invoice?.externalInvoiceId)
      if (invoice) expectSoundAmounts(invoice)
    })

    it('of a renewal bills the new period, once', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalSubscriptionId: id } = await steps.subscribe()
      await steps.harness.advance('P32D')
      const subscription = await steps.provider.retrieveSubscription(id)
      const [, renewal, ...others] = await steps.invoices(id)
      expect(others).toEqual([])
      expect(renewal).toMatchObject({
        billingReason: 'subscription_cycle',
        total: 2900,
        periodStart: subscription.currentPeriodStart,
        periodEnd: subscription.currentPeriodEnd,
      })
      expect(subscription.latestExternalInvoiceId).toBe(renewal?.externalInvoiceId)
      if (renewal) expectSoundAmounts(renewal)
    })

    it.each(currencies)('in $currency are exact to the last minor unit', async ({ currency, amount }) => {
      const steps = new ContractSteps(await makeHarness())
      const taken = steps.provider.capabilities.currencies
      if (taken !== 'any' && !taken.includes(currency)) return
      const { externalSubscriptionId: id } = await steps.subscribe({ price: { currency, amount }, quantity: 3 })
      const [invoice] = await steps.invoices(id)
      expect(invoice).toMatchObject({ currency, total: amount * 3, amountPaid: amount * 3 })
      if (invoice) expectSoundAmounts(invoice)
    })

    it('are the same one by one as in the list, and found by customer and by subscription', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalSubscriptionId: id, externalCustomerId } = await steps.subscribe()
      const [invoice] = await steps.invoices(id)
      expect(await steps.provider.retrieveInvoice(invoice?.externalInvoiceId ?? '')).toEqual(invoice)
      expect((await steps.provider.listInvoices({ externalCustomerId })).data).toEqual([invoice])
    })

    it('are numbered where the provider claims to make them', async () => {
      const steps = new ContractSteps(await makeHarness())
      const { externalSubscriptionId: id } = await steps.subscribe()
      const [invoice] = await steps.invoices(id)
      if (steps.provider.capabilities.invoices === 'provider') expect(invoice?.number).toBeTruthy()
      else expect(invoice?.number).toBeNull()
    })
  })
}
