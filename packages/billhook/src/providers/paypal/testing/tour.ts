import { fixedClock } from '../../../primitives/index.ts'
import type { LoggedRequest } from '../../../testing/paypal-emulator/index.ts'
import { type EmulatedAccount, emulatedStart, priceInput, startEmulatedAccount } from './emulated-account.ts'

/** Every call of the adapter at least once, with every option it has: what was sent, and what came back. */
export async function takeTour(): Promise<readonly LoggedRequest[]> {
  const options = { brandName: 'Acme', taxPercentage: '19', verification: 'online' as const }
  const account = await startEmulatedAccount({ clock: fixedClock(emulatedStart), options })
  try {
    await change(account, await buy(account))
    await oweAndRefund(account)
    await readAccount(account)
    const [delivery] = account.emulator.signed()
    const headers = new Headers(delivery?.headers)
    const at = { now: new Date(emulatedStart) }
    await account.provider.constructWebhookEvent(new TextEncoder().encode(delivery?.body), headers, at)
    return [...account.emulator.requests]
  } finally {
    await account.emulator.stop()
  }
}

async function buy({ provider, operation, publish, openSession, emulator }: EmulatedAccount): Promise<string> {
  const price = await publish(4900)
  const id = await openSession({ price, quantity: 2, trialDays: 14 })
  await provider.retrieveCheckoutSession(id)
  await provider.expireCheckoutSession({ externalSessionId: id })
  emulator.approve(id)
  const input = priceInput()
  await provider.lookup(operation('publish_price', input))
  return id
}

async function change({ provider, operation, publish }: EmulatedAccount, id: string): Promise<void> {
  const items = [{ externalItemId: id, externalPriceId: await publish(9900), quantity: 3 }]
  await provider.updateSubscription({ externalSubscriptionId: id, items, proration: 'none' })
  const pause = { externalSubscriptionId: id, kind: 'service' as const }
  await provider.pause.pauseSubscription(pause, operation('pause_subscription', pause))
  await provider.pause.resumeSubscription(pause, operation('resume_subscription', pause))
  await provider.cancelSubscription({ externalSubscriptionId: id, atPeriodEnd: false })
}

async function oweAndRefund({ provider, operation, subscribe, publish, emulator }: EmulatedAccount): Promise<void> {
  const externalSubscriptionId = await subscribe({ price: await publish(4900), funding: 'fails_later' })
  emulator.clock.advance('P45D')
  emulator.changeFunding(externalSubscriptionId, 'pays')
  const { data } = await provider.listInvoices({ externalSubscriptionId })
  const open = data.find(({ status }) => status === 'open')
  const owed = { externalInvoiceId: open?.externalInvoiceId ?? '', amount: 4900, currency: 'EUR' }
  await provider.payInvoice(owed, operation('pay_invoice', owed))
  const refund = {
    ...{ externalPaymentId: data[0]?.payments?.[0]?.externalPaymentId ?? '', amount: 100, currency: 'EUR' },
    ...{ reason: 'requested_by_customer' as const, reference: {} },
  }
  const refunding = operation('create_refund', refund)
  const { externalRefundId } = await provider.refunds.createRefund(refund, refunding)
  await provider.refunds.retrieveRefund(externalRefundId)
  await provider.lookup(refunding)
}

async function readAccount({ provider, operation, publish }: EmulatedAccount): Promise<void> {
  const first = { cursor: null }
  await provider.account.listPrices(first)
  await provider.account.listSubscriptions(first)
  const input = {
    externalPriceId: await publish(4900),
    externalCustomerId: 'paypal_bhorg_1',
    quantity: 1,
    trialDays: 0,
  }
  const session = {
    ...input,
    successUrl: 'https://a.example.test/ok',
    cancelUrl: 'https://a.example.test/no',
    reference: {},
  }
  await provider.lookup(operation('create_checkout_session', session))
}
