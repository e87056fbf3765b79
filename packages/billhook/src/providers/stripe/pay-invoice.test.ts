import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

/** A renewal that failed, and its customer. */
async function failedRenewal() {
  const id = await account.subscribe({ card: '4000000000000341' })
  account.emulator.clock.advance('P1M')
  const { externalCustomerId, latestExternalInvoiceId } = await account.provider.retrieveSubscription(id)
  return { id, externalCustomerId, externalInvoiceId: latestExternalInvoiceId ?? '' }
}

function pay(externalInvoiceId: string) {
  const input = { externalInvoiceId, amount: 4900, currency: 'EUR' }
  return account.provider.payInvoice?.(input, account.operation('pay_invoice', input))
}
const tried = () => account.emulator.requests.filter(({ path }) => path.endsWith('/pay')).length

describe('payInvoice', () => {
  it('pays with the card on file, and is a success again without another attempt', async () => {
    const { id, externalCustomerId, externalInvoiceId } = await failedRenewal()
    account.emulator.replaceCard(externalCustomerId, '4242424242424242')
    const paid = { outcome: 'paid', invoice: { status: 'paid', amountPaid: 4900 } }
    expect(await pay(externalInvoiceId)).toMatchObject(paid)
    expect((await account.provider.retrieveSubscription(id)).status).toBe('active')
    expect(await pay(externalInvoiceId)).toMatchObject(paid)
    expect(tried()).toBe(1)
  })

  it('throws what the bank said when the card is declined', async () => {
    const { externalInvoiceId } = await failedRenewal()
    await expect(pay(externalInvoiceId)).rejects.toMatchObject({
      code: 'payment_declined',
      declineCode: 'generic_decline',
      status: 402,
    })
  })

  it('sends the buyer to the page of the invoice when the bank wants a confirmation', async () => {
    const { externalCustomerId, externalInvoiceId } = await failedRenewal()
    account.emulator.replaceCard(externalCustomerId, '4000002760003184')
    expect(await pay(externalInvoiceId)).toMatchObject({
      outcome: 'requires_action',
      url: expect.stringContaining(externalInvoiceId),
      invoice: { status: 'open', payments: [{ status: 'requires_action' }] },
    })
  })

  it('says that a bank debit is on its way, until it has come', async () => {
    const { externalCustomerId, externalInvoiceId } = await failedRenewal()
    account.emulator.replaceCard(externalCustomerId, 'DE89370400440532013000')
    expect(await pay(externalInvoiceId)).toMatchObject({
      outcome: 'processing',
      invoice: { status: 'open', payments: [{ status: 'processing' }] },
    })
    account.emulator.clearPayment(externalInvoiceId, 'paid')
    expect(await pay(externalInvoiceId)).toMatchObject({ outcome: 'paid' })
  })

  it('asks for a card where there is none', async () => {
    const { id, externalCustomerId, externalInvoiceId } = await failedRenewal()
    const [subscription, customer] = [
      account.emulator.state.subscriptions.get(id),
      account.emulator.state.customers.get(externalCustomerId),
    ]
    if (subscription) subscription.default_payment_method = null
    if (customer) customer.invoice_settings.default_payment_method = null
    expect(await pay(externalInvoiceId)).toMatchObject({ outcome: 'requires_action', url: expect.any(String) })
  })

  it('collects a draft that waited through a pause', async () => {
    const id = await account.subscribe()
    const input = { externalSubscriptionId: id, kind: 'collection' as const }
    await account.provider.pause?.pauseSubscription(input, account.operation('pause_subscription', input))
    account.emulator.clock.advance('P1M')
    const { latestExternalInvoiceId } = await account.provider.retrieveSubscription(id)
    expect(await pay(latestExternalInvoiceId ?? '')).toMatchObject({ outcome: 'paid' })
  })

  it('throws for what is not there, and for what was voided', async () => {
    await expect(pay('in_none')).rejects.toMatchObject({ code: 'resource_missing' })
    const { externalInvoiceId } = await failedRenewal()
    const invoice = account.emulator.state.invoices.get(externalInvoiceId)
    if (invoice) invoice.status = 'void'
    await expect(pay(externalInvoiceId)).rejects.toMatchObject({ code: 'provider_rejected' })
  })
})

describe('an error that Stripe kept for a key', () => {
  it('comes again with the same operation and is gone with the next one', async () => {
    const { externalCustomerId, externalInvoiceId } = await failedRenewal()
    account.emulator.replaceCard(externalCustomerId, '4242424242424242')
    const input = { externalInvoiceId, amount: 4900, currency: 'EUR' }
    const first = account.operation('pay_invoice', input)
    account.emulator.faults.next({ kind: 'status', status: 500, isStored: true, match: (method) => method === 'POST' })
    const unknown = { code: 'outcome_unknown', outcome: 'unknown' }
    await expect(account.provider.payInvoice?.(input, first)).rejects.toMatchObject(unknown)
    await expect(account.provider.payInvoice?.(input, first)).rejects.toMatchObject(unknown)
    expect(await account.provider.lookup(first)).toEqual({ outcome: 'not_found' })
    const second = account.operation('pay_invoice', input)
    expect(await account.provider.payInvoice?.(input, second)).toMatchObject({ outcome: 'paid' })
  })
})
