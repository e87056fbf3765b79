import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Refund } from '../src/domain/payments/index.ts'
import { addOrganization, openShop, type Shop, sandboxOf, selectRows, shopActions } from './support/sandbox-shop.ts'

const secret = 'a secret of at least thirty-two bytes'
const reason = 'requested_by_customer' as const

describe('refunds', () => {
  let shop: Shop
  beforeAll(async () => {
    const jwt = { secret, issuer: 'https://host.test', audience: 'billhook' }
    shop = await openShop({ jwt })
  })
  afterAll(() => shop.close())

  let buyers = 0
  /** A new organization that has paid 10.00 EUR. */
  const paid = async () => {
    buyers += 1
    const externalId = `buyer-${buyers}`
    const organizationId = await addOrganization(shop.billing, externalId)
    await shopActions(shop.billing, organizationId).subscribe()
    const { data } = await shop.billing.listPayments({ organizationId })
    const payment = data[0]
    if (!payment) throw new Error('nothing was paid')
    const now = () => shop.billing.getPayment({ organizationId, paymentId: payment.id })
    const invoice = async () => (await shop.billing.listInvoices({ organizationId })).data[0]
    const events = () => shopActions(shop.billing, organizationId).events({ type: 'payment.refunded' })
    return { organizationId, externalId, paymentId: payment.id, payment, now, invoice, events }
  }
  const token = (organization: string, role: string) =>
    new SignJWT({ org_id: organization, role })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('user-1')
      .setIssuer('https://host.test')
      .setAudience('billhook')
      .setExpirationTime(new Date('2026-03-01T00:00:00Z'))
      .sign(new TextEncoder().encode(secret))

  it('give a part back and then the rest: once told each, counted on the bill, never above what was paid', async () => {
    const { organizationId, paymentId, payment, now, invoice, events } = await paid()
    expect(payment).toMatchObject({ status: 'succeeded', amount: 1000, amountRefunded: 0, amountRefundable: 1000 })
    expect(payment.invoiceIds).toEqual([(await invoice())?.id])
    const part = await shop.billing.refundPayment({ organizationId, paymentId, amount: 300, reason })
    expect(part).toMatchObject({ outcome: 'refunded', refund: { status: 'succeeded', amount: 300, currency: 'EUR' } })
    expect(await invoice()).toMatchObject({ status: 'paid', amountPaid: 1000, amountRefunded: 300 })
    await shop.settle()
    expect(await events()).toHaveLength(1)
    const rest = await shop.billing.refundPayment({ organizationId, paymentId, reason })
    expect(rest).toMatchObject({ refund: { amount: 700 } })
    await shop.settle()
    expect(await now()).toMatchObject({ amountRefunded: 1000, amountRefundable: 0, refunds: [{}, {}] })
    expect(await invoice()).toMatchObject({ amountRefunded: 1000 })
    expect((await events()).map(({ data }) => data.amount)).toEqual([300, 700])
    await expect(shop.billing.refundPayment({ organizationId, paymentId, amount: 1, reason })).rejects.toMatchObject({
      code: 'refund_exceeds_payment',
      status: 409,
    })
  })

  it('of ten at once never exceed the payment', async () => {
    const { organizationId, paymentId, now, invoice } = await paid()
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () => shop.billing.refundPayment({ organizationId, paymentId, amount: 300, reason })),
    )
    const done = tries.filter(({ status }) => status === 'fulfilled')
    const refused = tries.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
    expect(done).toHaveLength(3)
    expect(new Set(refused)).toEqual(new Set(['refund_exceeds_payment']))
    await shop.settle()
    expect(await now()).toMatchObject({ amountRefunded: 900, amountRefundable: 100 })
    expect(await invoice()).toMatchObject({ amountRefunded: 900 })
    expect(
      await selectRows(
        shop.billing,
        `select sum(amount)::int as sum from billhook.refunds where payment_id = '${paymentId}'`,
      ),
    ).toEqual([{ sum: 900 }])
  })

  it('under one key happen once, and the key answers the same afterwards; another amount is refused', async () => {
    const { externalId, paymentId, now } = await paid()
    const send = (body: object) =>
      shop.billing.call('POST', `/api/v1/payments/${paymentId}/refund/`, {
        organization: externalId,
        body,
        headers: { 'idempotency-key': 'once' },
      })
    const first = await send({ reason })
    expect(first).toMatchObject({ status: 201, json: { amount: 1000, payment_id: paymentId, reason } })
    expect((await send({ reason })).json).toEqual(first.json)
    expect(await send({ reason, amount: 5 })).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } })
    expect(await now()).toMatchObject({ amountRefunded: 1000, refunds: [{}] })
  })

  it('repeat the domain’s answer under the same business key when nothing is left any more', async () => {
    const { organizationId, paymentId } = await paid()
    const input = { organizationId, paymentId, reason, businessKey: 'mine' }
    const first = await shop.billing.refundPayment(input)
    expect(await shop.billing.refundPayment(input)).toEqual(first)
    await expect(shop.billing.refundPayment({ ...input, amount: 1 })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    })
  })

  it('are for platform keys and owners, of the own organization alone', async () => {
    const { externalId, organizationId, paymentId } = await paid()
    const stranger = await paid()
    const send = async (role: string, id = paymentId) =>
      shop.billing.call('POST', `/api/v1/payments/${id}/refund/`, {
        key: await token(organizationId, role),
        body: { amount: 100, reason },
      })
    for (const role of ['member', 'billing', 'admin']) expect(await send(role)).toMatchObject({ status: 403 })
    expect(await send('owner')).toMatchObject({ status: 201, json: { amount: 100 } })
    expect(await send('owner', stranger.paymentId)).toMatchObject({ status: 404, json: { code: 'payment_not_found' } })
    const list = await shop.billing.call('GET', '/api/v1/payments/', { organization: externalId })
    expect(list).toMatchObject({
      status: 200,
      json: {
        data: [{ id: paymentId, status: 'succeeded', amount: 1000, amount_refunded: 100, amount_refundable: 900 }],
        has_more: false,
      },
    })
    const one = await shop.billing.call('GET', `/api/v1/payments/${paymentId}/`, { organization: externalId })
    expect(one).toMatchObject({ status: 200, json: { id: paymentId, refunds: [{ amount: 100 }], disputed: false } })
  })

  it('refuse what was never paid, what is no amount, and more than was paid', async () => {
    const { organizationId, externalId, paymentId } = await paid()
    for (const [body, code, status] of [
      [{ amount: 1001, reason }, 'refund_exceeds_payment', 422],
      [{ amount: 0, reason }, 'invalid_request', 400],
      [{ amount: 1 }, 'invalid_request', 400],
    ] as const) {
      const options = { organization: externalId, body }
      const answer = await shop.billing.call('POST', `/api/v1/payments/${paymentId}/refund/`, options)
      expect(answer).toMatchObject({ status, json: { code } })
    }
    await expect(shop.billing.refundPayment({ organizationId, paymentId: 'bhpay_none', reason })).rejects.toMatchObject(
      { code: 'payment_not_found', status: 404 },
    )
  })

  it('whose answer is lost is found by looking and counts meanwhile, so that the money goes out once', async () => {
    const { organizationId, paymentId, now } = await paid()
    const { refunds } = sandboxOf(shop.billing)
    if (!refunds) throw new Error('the sandbox refunds')
    const { createRefund } = refunds
    refunds.createRefund = async (...input) => {
      await createRefund(...input)
      throw new Error('the connection broke')
    }
    await expect(shop.billing.refundPayment({ organizationId, paymentId, amount: 800, reason })).rejects.toThrow(
      'broke',
    )
    refunds.createRefund = createRefund
    expect((await now()).amountRefundable).toBe(200)
    shop.billing.clock.advanceMs(3_000)
    await shop.settle()
    expect(await now()).toMatchObject({ amountRefunded: 800, amountRefundable: 200, refunds: [{ amount: 800 }] })
  })

  it('made at the provider itself are heard of, whichever of its deliveries come', async () => {
    const { payment, now, invoice, events } = await paid()
    const { refunds } = sandboxOf(shop.billing)
    const input = {
      externalPaymentId: payment.externalPaymentId,
      amount: 250,
      currency: 'EUR',
      reason: 'duplicate' as const,
      reference: {},
    }
    const operation = { id: 'seller', idempotencyKey: 'seller', startedAt: new Date(0) }
    await refunds?.createRefund(input, { ...operation, kind: 'create_refund', input })
    await shop.settle()
    const [refund] = (await now()).refunds satisfies Refund[]
    expect(refund).toMatchObject({ status: 'succeeded', amount: 250, reason: 'duplicate' })
    expect(await invoice()).toMatchObject({ amountRefunded: 250 })
    expect(await events()).toMatchObject([{ source: 'webhook', data: { amount: 250, id: refund?.id } }])
  })

  it('are refused before the provider is called where it cannot', async () => {
    const { organizationId, paymentId } = await paid()
    const sandbox = sandboxOf(shop.billing)
    const { capabilities } = sandbox
    Object.assign(sandbox, { capabilities: { ...capabilities, refunds: 'none' } })
    await expect(shop.billing.refundPayment({ organizationId, paymentId, reason })).rejects.toMatchObject({
      code: 'unsupported',
      status: 422,
    })
    Object.assign(sandbox, { capabilities: { ...capabilities, refunds: 'full' } })
    await expect(shop.billing.refundPayment({ organizationId, paymentId, amount: 1, reason })).rejects.toMatchObject({
      code: 'unsupported',
    })
    Object.assign(sandbox, { capabilities })
  })
})
