import type { LoggedRequest } from '../../../testing/stripe-emulator/index.ts'
import {
  couponInput,
  customerInput,
  type EmulatedAccount,
  priceInput,
  sessionInput,
  startEmulatedAccount,
} from './emulated-account.ts'

export interface Call extends LoggedRequest {
  status: number
  answer: unknown
}

/** Every call of the adapter at least once, with every option it has: what was sent, and what came back. */
export async function takeTour(): Promise<Call[]> {
  const answers: Array<{ status: number; answer: unknown }> = []
  const account = await startEmulatedAccount({}, async (input, init) => {
    const response = await fetch(input, init)
    answers.push({ status: response.status, answer: await response.clone().json() })
    return response
  })
  try {
    await buy(account)
    await change(account)
    await payAndRefund(account)
    return account.emulator.requests.map((request, index) => ({ ...request, ...(answers[index] ?? noAnswer) }))
  } finally {
    await account.emulator.stop()
  }
}

const noAnswer = { status: 0, answer: null }

async function buy(account: EmulatedAccount): Promise<void> {
  const { provider, operation } = account
  const input = customerInput()
  const { externalCustomerId } = await provider.createCustomer(input, operation('create_customer', input))
  const known = { ...input, externalCustomerId }
  await provider.getOrCreateCustomer(known, operation('create_customer', known))
  const price = { ...priceInput(), plan: { ...priceInput().plan, description: 'For teams' } }
  const { externalPriceId } = await provider.publishPrice(price, operation('publish_price', price))
  for (const coupon of [
    couponInput({ promotionCode: 'SPRING', maxRedemptions: 10, expiresAt: '2026-12-31T00:00:00Z', percentOff: '12.5' }),
    couponInput({ id: 'bhcoupon_2', percentOff: null, amountOff: { amount: 500, currency: 'EUR' } }),
    couponInput({ id: 'bhcoupon_3', duration: 'repeating', durationInMonths: 3 }),
  ]) {
    await provider.coupons?.publishCoupon(coupon, operation('publish_coupon', coupon))
  }
  const metered = {
    plan: price.plan,
    price: {
      ...priceInput().price,
      ...{ id: 'bhprice_metered', key: 'calls', amount: 0 },
      metered: { meterEventName: 'calls', meterName: 'Calls', unitAmountDecimal: '0.25' },
    },
  }
  const published = await provider.publishPrice(metered, operation('publish_price', metered))
  const bought = { externalCustomerId, externalPriceId, meteredExternalPriceIds: [published.externalPriceId] }
  for (const options of [
    { externalCouponId: 'bhcoupon_1', collectTaxIds: true, automaticTax: true },
    { allowPromotionCodes: true, trialDays: 14 },
  ]) {
    const wanted = sessionInput({ ...bought, ...options })
    const session = await provider.createCheckoutSession(wanted, operation('create_checkout_session', wanted))
    await provider.retrieveCheckoutSession(session.externalSessionId)
    const over = { externalSessionId: session.externalSessionId }
    await provider.expireCheckoutSession(over, operation('expire_checkout_session', over))
    await provider.lookup(operation('create_checkout_session', wanted))
  }
  await provider.lookup(operation('create_customer', input))
  for (const purpose of ['overview', 'payment_method'] as const)
    await provider.portal?.createPortalLink({ externalCustomerId, returnUrl: 'https://app.example.test/', purpose })
  const usage = { meterEventName: 'calls', externalCustomerId, quantity: '3', occurredAt: '2026-03-01T00:00:00Z' }
  await provider.usage?.reportUsage(usage, operation('report_usage', usage))
}

async function change(account: EmulatedAccount): Promise<void> {
  const { provider, operation, emulator } = account
  const externalSubscriptionId = await account.subscribe()
  const of = { externalSubscriptionId }
  emulator.clock.advance('P10D')
  const { items, externalCustomerId } = await provider.retrieveSubscription(externalSubscriptionId)
  const [item] = items
  const externalPriceId = await account.publish(9900)
  for (const proration of ['none', 'next_invoice', 'immediate'] as const) {
    const quantity = { none: 2, next_invoice: 3, immediate: 4 }[proration]
    const changed = [{ externalItemId: item?.externalItemId ?? '', externalPriceId, quantity }]
    const prorationAt = '2026-03-11T00:00:00Z'
    const meteredItems = await nextMeteredItems(account, externalSubscriptionId)
    const input = { ...of, items: changed, meteredItems, proration, prorationAt }
    await provider.previewUpdate?.(input)
    await provider.updateSubscription(input, operation('update_subscription', input))
    await provider.lookup(operation('update_subscription', input))
  }
  for (const [kind, resumesAt] of [['collection', '2026-04-15T00:00:00Z'], ['collection'], ['service']] as const) {
    const input = { ...of, kind, ...(resumesAt && { resumesAt }) }
    await provider.pause?.pauseSubscription(input, operation('pause_subscription', input))
    await provider.pause?.resumeSubscription({ ...of, kind }, operation('resume_subscription', { ...of, kind }))
  }
  for (const atPeriodEnd of [true, false]) {
    const input = { ...of, atPeriodEnd }
    await provider.cancelSubscription(input, operation('cancel_subscription', input))
    if (atPeriodEnd) await provider.reactivateSubscription(of, operation('reactivate_subscription', of))
  }
  await provider.listSubscriptions({ externalCustomerId })
  await provider.listInvoices({ externalCustomerId, externalSubscriptionId })
}

/** Adds a metered item where there is none, and removes the one that is there. */
async function nextMeteredItems({ provider, emulator }: EmulatedAccount, externalSubscriptionId: string) {
  const { items } = await provider.retrieveSubscription(externalSubscriptionId)
  const present = items.find(({ quantity }) => quantity === null)
  if (present) return [{ externalItemId: present.externalItemId, externalPriceId: null }]
  const price = [...emulator.state.prices.values()].find(({ recurring }) => recurring?.usage_type === 'metered')
  return [{ externalItemId: null, externalPriceId: price?.id ?? '' }]
}

async function payAndRefund(account: EmulatedAccount): Promise<void> {
  const { provider, operation, emulator } = account
  const id = await account.subscribe({ card: '4000000000000341' })
  emulator.clock.advance('P1M')
  const { externalCustomerId, latestExternalInvoiceId } = await provider.retrieveSubscription(id)
  emulator.replaceCard(externalCustomerId, '4242424242424242')
  const input = { externalInvoiceId: latestExternalInvoiceId ?? '', amount: 4900, currency: 'EUR' }
  const result = await provider.payInvoice?.(input, operation('pay_invoice', input))
  const refund = {
    ...{ externalPaymentId: result?.invoice?.payments?.[0]?.externalPaymentId ?? '', amount: 100, currency: 'EUR' },
    ...{ reason: 'duplicate' as const, reference: { organizationId: 'bhorg_1' } },
  }
  const made = operation('create_refund', refund)
  const refunded = await provider.refunds?.createRefund(refund, made)
  await provider.refunds?.retrieveRefund(refunded?.externalRefundId ?? '')
  const charge = { ...refund, externalPaymentId: [...emulator.state.charges.keys()].at(-1) ?? '' }
  await provider.refunds?.createRefund(charge, operation('create_refund', charge))
  await provider.lookup(made)
  await provider.lookup(operation('create_refund', charge))
  await provider.retrieveInvoice(input.externalInvoiceId)
}
