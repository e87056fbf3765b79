import { CaptureType, PatchOp } from '@paypal/paypal-server-sdk'
import type { LoggedRequest } from './http-server.ts'
import { tokenPath } from './oauth.ts'
import {
  applicationContext,
  freeTrial,
  monthly,
  openTestAccount,
  type TestAccount,
  transactionsOf,
} from './test-account.ts'

const whole = { prefer: 'return=representation' }

/** Every call of the emulated API at least once, with every option it has, refusals of each kind too: what was sent, and what came back. */
export async function takeTour(): Promise<LoggedRequest[]> {
  const account = await openTestAccount({ startAt: '2027-01-15T12:00:00Z' })
  try {
    await tourCatalog(account)
    await tourSubscriptions(account)
    await tourDebt(account)
    await tourMoney(account)
    await tourWebhooks(account)
    await tourRefusals(account)
    return account.emulator.requests.filter(({ path }) => path !== tokenPath)
  } finally {
    await account.emulator.stop()
  }
}

async function tourCatalog({ call, paypal, createPlan }: TestAccount): Promise<void> {
  const product = { name: 'Pro', type: 'SERVICE', category: 'SOFTWARE', description: 'For teams' }
  const more = { id: 'billhook', image_url: 'https://shop.example.test/a.png', home_url: 'https://shop.example.test/' }
  const path = '/v1/catalogs/products'
  await call('POST', path, { body: { ...product, ...more }, headers: { ...whole, 'paypal-request-id': 'one' } })
  await call('POST', path, { body: { ...product, ...more }, headers: { ...whole, 'paypal-request-id': 'one' } })
  await call('POST', path, { body: product })
  await call('GET', `${path}?page_size=1&page=1&total_required=true`)
  await call('GET', `${path}/billhook`)
  await call('PATCH', `${path}/billhook`, { body: [{ op: 'replace', path: '/description', value: 'For all' }] })
  const planId = await createPlan({
    description: 'Monthly',
    taxes: { percentage: '19', inclusive: false },
    billingCycles: [freeTrial, { ...monthly, sequence: 2 }],
  })
  await paypal.getBillingPlan(planId)
  await paypal.listBillingPlans({ pageSize: 1, page: 1, totalRequired: true })
  await call('GET', `/v1/billing/plans?plan_ids=${planId}&product_id=billhook`)
  await paypal.patchBillingPlan({ id: planId, body: [{ op: PatchOp.Replace, path: '/name', value: 'Pro plus' }] })
  const price = { fixedPrice: { currencyCode: 'EUR', value: '25' } }
  const pricingSchemes = [{ billingCycleSequence: 2, pricingScheme: price }]
  await paypal.updateBillingPlanPricingSchemes({ id: planId, body: { pricingSchemes } })
  await paypal.deactivateBillingPlan(planId)
  await paypal.activateBillingPlan(planId)
  await call('POST', '/v1/billing/plans', { body: tieredPlan, headers: whole })
}

const tier = (from: string, to: string | undefined, value: string) => ({
  starting_quantity: from,
  ...(to && { ending_quantity: to }),
  amount: { currency_code: 'EUR', value },
})
const tieredPlan = {
  product_id: 'billhook',
  name: 'Tiers',
  billing_cycles: [
    {
      tenure_type: 'REGULAR',
      sequence: 1,
      total_cycles: 12,
      frequency: { interval_unit: 'MONTH', interval_count: 1 },
      pricing_scheme: { pricing_model: 'TIERED', tiers: [tier('1', '10', '5'), tier('11', undefined, '4')] },
    },
  ],
  payment_preferences: { setup_fee: { currency_code: 'EUR', value: '10' }, setup_fee_failure_action: 'CONTINUE' },
  quantity_supported: true,
}

async function tourSubscriptions(account: TestAccount): Promise<void> {
  const { paypal, call, emulator } = account
  const planId = await account.createPlan()
  const id = await account.subscribe({
    planId,
    quantity: '2',
    customId: 'org_1',
    shippingAmount: { currencyCode: 'EUR', value: '1.50' },
    subscriber: { emailAddress: 'ada@example.com', name: { givenName: 'Ada', surname: 'Buyer' } },
    applicationContext: { ...applicationContext, brandName: 'Shop', locale: 'en-US' },
    plan: { billingCycles: [{ sequence: 1, totalCycles: 12 }] },
  })
  const headers = { ...whole, 'paypal-request-id': 'two' }
  for (const _ of ['made', 'again'])
    await call('POST', '/v1/billing/subscriptions', { body: { plan_id: planId }, headers })
  await account.subscription(id)
  await paypal.getSubscription({ id })
  await call('GET', `/v1/billing/subscriptions?plan_ids=${planId}&statuses=ACTIVE&page_size=20`)
  await paypal.patchSubscription({ id, body: [{ op: PatchOp.Replace, path: '/custom_id', value: 'org_2' }] })
  const other = await account.createPlan()
  await paypal.reviseSubscription({ id, body: { planId: other, quantity: '3', applicationContext } })
  emulator.approve(id)
  await paypal.suspendSubscription({ id, body: { reason: 'Holiday' } })
  await account.subscription(id)
  await paypal.activateSubscription({ id, body: { reason: 'Back' } })
  await paypal.suspendSubscription({ id, body: { reason: 'Holiday' } })
  await call('POST', `/v1/billing/subscriptions/${id}/activate`)
  await transactionsOf(account, id)
  const window = 'start_time=2027-01-01T00:00:00Z&end_time=2027-02-01T00:00:00Z'
  await call('GET', `/v1/billing/subscriptions/${id}/transactions?${window}&page=1&page_size=1`)
  await paypal.cancelSubscription({ id, body: { reason: 'Enough' } })
  await account.subscription(id)
}

async function tourDebt(account: TestAccount): Promise<void> {
  const { paypal, emulator } = account
  const id = await account.subscribe({}, { funding: 'fails_later', source: 'card' })
  emulator.clock.advance('P1M')
  await account.subscription(id)
  emulator.clock.advance('P10D')
  emulator.changeFunding(id, 'pays')
  const amount = { currencyCode: 'EUR', value: '20' }
  const body = { note: 'Debt', captureType: CaptureType.OutstandingBalance, amount }
  await paypal.captureSubscription({ id, body, paypalRequestId: 'three' })
  await paypal.captureSubscription({ id, body, paypalRequestId: 'three' })
  await account.subscription(id)
}

async function tourMoney(account: TestAccount): Promise<void> {
  const { call, emulator } = account
  const id = await account.subscribe({ customId: 'org_1' })
  const saleId = (await transactionsOf(account, id))[0]?.id ?? ''
  await call('GET', `/v1/payments/sale/${saleId}`)
  const body = {
    amount: { total: '5.00', currency: 'EUR' },
    reason: 'Sorry',
    description: 'A part',
    invoice_number: 'A-1',
  }
  const headers = { 'paypal-request-id': 'four' }
  const { body: refund } = await call('POST', `/v1/payments/sale/${saleId}/refund`, { body, headers })
  await call('POST', `/v1/payments/sale/${saleId}/refund`, { body, headers })
  await call('POST', `/v1/payments/sale/${saleId}/refund`)
  await call('GET', `/v1/payments/refund/${Object(refund).id}`)
  const disputeId = emulator.openDispute(saleId)
  await call('GET', `/v1/customer/disputes?disputed_transaction_id=${saleId}`)
  await call('GET', `/v1/customer/disputes/${disputeId}`)
  emulator.closeDispute(disputeId, 'buyer')
  await call('GET', `/v1/customer/disputes/${disputeId}`)
  await call('GET', `/v1/payments/sale/${saleId}`)
  await transactionsOf(account, id)
  emulator.oddNextSale('held')
  await account.subscribe()
  await call('GET', `/v1/payments/sale/${[...emulator.state.sales.keys()].at(-1)}`)
}

async function tourWebhooks({ call, emulator }: TestAccount): Promise<void> {
  const path = '/v1/notifications/webhooks'
  const event_types = [{ name: 'PAYMENT.SALE.COMPLETED' }]
  const { body } = await call('POST', path, { body: { url: 'https://shop.example.test/paypal', event_types } })
  const own = `${path}/${Object(body).id}`
  await call('GET', path)
  await call('GET', own)
  await call('PATCH', own, { body: [{ op: 'replace', path: '/event_types', value: [{ name: '*' }] }] })
  await call('DELETE', own)
  const [delivery] = emulator.signed()
  const header = (name: string) => delivery?.headers[`paypal-${name}`]
  const facts = {
    auth_algo: header('auth-algo'),
    cert_url: header('cert-url'),
    transmission_id: header('transmission-id'),
    transmission_sig: header('transmission-sig'),
    transmission_time: header('transmission-time'),
    webhook_id: emulator.webhookId,
    webhook_event: delivery?.event,
  }
  await call('POST', '/v1/notifications/verify-webhook-signature', { body: facts })
  await call('GET', `${path}-events?page_size=2&event_type=PAYMENT.SALE.COMPLETED&start_time=2027-01-01T00:00:00Z`)
  await call('GET', `${path}-events/${delivery?.id}`)
  await call('POST', `${path}-events/${delivery?.id}/resend`, { body: { webhook_ids: [emulator.webhookId] } })
}

async function tourRefusals(account: TestAccount): Promise<void> {
  const { call } = account
  const planId = await account.createPlan({ quantitySupported: false })
  const id = await account.subscribe({ planId })
  const subscription = `/v1/billing/subscriptions/${id}`
  const reason = { reason: 'Again' }
  await call('GET', '/v1/billing/plans', { token: 'none' })
  await call('GET', '/v1/billing/plans/P-GONE')
  await call('GET', '/v1/billing/subscriptions/I-GONE')
  await call('GET', '/v1/catalogs/products/gone-product')
  await call('GET', `${subscription}/transactions`)
  await call('POST', '/v1/catalogs/products', { body: { id: 'billhook', name: 'Pro', type: 'SERVICE' } })
  await call('POST', '/v1/catalogs/products', { body: { name: 'Pro', type: 'OTHER' } })
  await call('POST', '/v1/billing/plans', { body: { ...tieredPlan, name: '', payment_preferences: undefined } })
  await call('POST', '/v1/billing/plans', { body: { ...tieredPlan, billing_cycles: [] } })
  await call('POST', '/v1/billing/plans', { body: { ...tieredPlan, quantity_supported: false } })
  await call('POST', `/v1/billing/plans/${planId}/activate`)
  await call('POST', '/v1/billing/subscriptions', { body: { plan_id: planId, quantity: '2' } })
  await call('POST', '/v1/billing/subscriptions', { body: { plan_id: planId, start_time: '2020-01-01T00:00:00Z' } })
  await call('POST', '/v1/billing/subscriptions', { body: { plan_id: planId, custom_id: 'x'.repeat(128) } })
  await call('POST', `${subscription}/activate`, { body: reason })
  await call('POST', `${subscription}/suspend`, { body: { reason: 'x'.repeat(129) } })
  await call('PATCH', subscription, { body: [{ op: 'replace', path: '/plan_id', value: planId }] })
  const other = await account.createPlan({ productId: await account.createProduct() })
  await call('POST', `${subscription}/revise`, { body: { plan_id: other } })
  const amount = { currency_code: 'EUR', value: '1' }
  const capture = { note: 'Debt', capture_type: 'OUTSTANDING_BALANCE', amount }
  await call('POST', `${subscription}/capture`, { body: capture })
  await call('POST', `${subscription}/cancel`, { body: reason })
  await call('POST', `${subscription}/cancel`, { body: reason })
  await call('GET', '/v1/payments/sale/gone')
  await call('GET', '/v1/customer/disputes/PP-D-GONE')
}
