import { describe, expect, it } from 'vitest'
import { forgeries, type PaypalEvent } from '../src/testing/paypal-emulator/index.ts'
import { type PaypalShop, paypalShopFor } from './support/paypal-shop.ts'

const bills = async (shop: PaypalShop) =>
  (await shop.invoices()).toReversed().map(({ status, amount_paid, total }) => `${status} ${amount_paid} of ${total}`)
const paid = 'paid 4900 of 4900'

/** Events that were not applied, or that a person has to look at. */
async function expectQuiet(shop: PaypalShop): Promise<void> {
  expect((await shop.inbox()).filter(({ status }) => status !== 'processed' && status !== 'ignored')).toEqual([])
  expect(await shop.alerts()).toEqual([])
}

const theSale = (shop: PaypalShop): string => [...shop.emulator.state.sales.keys()].at(-1) ?? ''

describe('money that PayPal did not get', () => {
  it('is owed while it is tried again, and then debt of as many bills as one later sale pays', async () => {
    const shop = await paypalShopFor({ paypal: { paymentFailureThreshold: 5 } })
    const { external_subscription_id: id } = await shop.subscribe({ funding: 'fails_later' })
    for (const open of [1, 2]) {
      await shop.advance('P31D')
      expect(await shop.current()).toMatchObject({ status: 'past_due' })
      expect(await bills(shop)).toEqual([paid, ...Array.from({ length: open }, () => 'open 0 of 4900')])
    }
    // The third one is given up, too.
    await shop.advance('P42D')
    shop.emulator.changeFunding(id ?? '', 'pays')
    await shop.advance('P20D')
    expect(await bills(shop)).toEqual([paid, paid, paid, paid, paid])
    const payments = await shop.call<{ data: Array<{ amount: number; status: string }> }>('GET', '/payments/')
    expect(payments.json.data.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount)).toContain(
      4 * 4900,
    )
    const current = await shop.current()
    expect(current).toMatchObject({ status: 'active', paid_through_at: current.current_period_end })
    await expectQuiet(shop)
  })

  it('stops the subscription, which is unpaid then and no pause, and runs again once the debt is collected', async () => {
    const shop = await paypalShopFor()
    const { external_subscription_id: id } = await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P75D')
    expect(shop.emulator.state.subscriptions.get(id ?? '')).toMatchObject({ status: 'SUSPENDED' })
    expect(await shop.current()).toMatchObject({ status: 'unpaid', pause: null, access: { allowed: false } })
    expect(await bills(shop)).toEqual([paid, 'open 0 of 4900', 'open 0 of 4900'])
    expect(await shop.manage('reactivate')).toMatchObject({ status: 200, json: { subscription: { status: 'unpaid' } } })
    shop.emulator.changeFunding(id ?? '', 'pays')
    for (const _ of ['one', 'the other']) {
      const oldest = (await shop.invoices()).findLast(({ status }) => status === 'open')
      expect(await shop.call('POST', `/invoices/${oldest?.id}/pay/`, {})).toMatchObject({ status: 200 })
    }
    // Before any webhook: it is paid, runs at PayPal, and nobody has to resume it.
    const seen = async () => [await bills(shop), (await shop.current()).status, (await shop.current()).access.allowed]
    const recovered = [[paid, paid, paid], 'active', true]
    expect(await seen()).toEqual(recovered)
    expect(shop.emulator.state.subscriptions.get(id ?? '')).toMatchObject({ status: 'ACTIVE' })
    await shop.deliver()
    expect(await seen()).toEqual(recovered)
    expect([...shop.emulator.state.sales.values()].filter(({ state }) => state === 'completed')).toHaveLength(3)
  })

  it('is paid on demand by what the bill asks for, also after the plan has changed', async () => {
    const shop = await paypalShopFor()
    const { external_subscription_id: id } = await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P45D')
    const { json } = await shop.manage('change_plan', { price_id: 'business-monthly', proration: 'none' })
    shop.emulator.approve(String(Object(json).approval_url))
    await shop.deliver()
    expect((await shop.current()).plan_key).toBe('business')
    const open = (await shop.invoices()).find(({ status }) => status === 'open')
    const pay = () => shop.call('POST', `/invoices/${open?.id}/pay/`, {})
    expect(await pay()).toMatchObject({ status: 402, json: { code: 'payment_declined' } })
    shop.emulator.changeFunding(id ?? '', 'pays')
    const answer = { status: 200, json: { outcome: 'paid', invoice: { id: open?.id, status: 'paid', total: 4900 } } }
    expect(await pay()).toMatchObject(answer)
    expect(await pay()).toMatchObject(answer)
    await shop.deliver()
    expect(await bills(shop)).toEqual([paid, paid])
    expect(await shop.current()).toMatchObject({ status: 'active' })
    await expectQuiet(shop)
  })

  it('is one sum at PayPal: paying one of two bills answers which one it has paid', async () => {
    const shop = await paypalShopFor({ paypal: { paymentFailureThreshold: 5 } })
    const { external_subscription_id: id } = await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P75D')
    shop.emulator.changeFunding(id ?? '', 'pays')
    const open = (await shop.invoices()).filter(({ status }) => status === 'open').map((invoice) => invoice.id)
    const settled = new Set<string>()
    for (let times = 0; times < open.length; times += 1) {
      const asked = (await shop.invoices()).findLast(({ status }) => status === 'open')
      const { json } = await shop.call<{ outcome: string; invoice: { id: string; status: string } }>(
        'POST',
        `/invoices/${asked?.id}/pay/`,
        {},
      )
      expect(json).toMatchObject({ outcome: 'paid', invoice: { status: 'paid' } })
      settled.add(json.invoice.id)
    }
    expect(settled).toEqual(new Set(open))
    await shop.deliver()
    expect(await bills(shop)).toEqual([paid, paid, paid])
    expect(await shop.current()).toMatchObject({ status: 'active' })
    await expectQuiet(shop)
  })

  it('that the seller collects on PayPal’s own pages leaves it suspended there, which is a pause that can be ended', async () => {
    const shop = await paypalShopFor()
    const { external_subscription_id: id = '' } = await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P75D')
    expect(await shop.current()).toMatchObject({ status: 'unpaid', access: { allowed: false } })
    shop.emulator.changeFunding(id ?? '', 'pays')
    shop.emulator.captureAtPaypal(id ?? '')
    await shop.deliver()
    expect(await bills(shop)).toEqual([paid, paid, paid])
    expect(await shop.current()).toMatchObject({ status: 'paused', pause: { kind: 'service' } })
    expect(await shop.toldTypes('subscription.')).toEqual(expect.arrayContaining(['subscription.paused']))
    expect((await shop.manage('resume')).json).toMatchObject({ outcome: 'applied', subscription: { status: 'active' } })
    expect(shop.emulator.state.subscriptions.get(id ?? '')).toMatchObject({ status: 'ACTIVE' })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    await expectQuiet(shop)
  })

  it('is asked for no more on the day that was planned, once PayPal has stopped, even where it goes on later', async () => {
    const shop = await paypalShopFor()
    const { external_subscription_id: id } = await shop.subscribe({ funding: 'fails_later' })
    const planned = () =>
      shop.rows("select next_payment_attempt_at::text from billhook.invoices where status = 'open' order by created_at")
    await shop.advance('P32D')
    expect(await planned()).toEqual([{ next_payment_attempt_at: expect.stringContaining('2026-04-07') }])
    shop.emulator.suspendAtPaypal(id ?? '')
    await shop.deliver()
    expect(await planned()).toEqual([{ next_payment_attempt_at: null }])
    await shop.advance('P1D')
    shop.emulator.resumeAtPaypal(id ?? '')
    await shop.deliver()
    expect(await planned()).toEqual([{ next_payment_attempt_at: null }])
    // What is tried after it is planned anew.
    await shop.advance('P29D')
    expect(await planned()).toMatchObject([
      { next_payment_attempt_at: null },
      { next_payment_attempt_at: expect.stringContaining('2026-05-07') },
    ])
  })

  it('says for each attempt why it failed, also after PayPal was asked, whose list has no reasons', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P32D')
    shop.emulator.clock.advance('P5D')
    shop.billing.clock.set(shop.emulator.clock.now())
    const reasons = () =>
      shop.rows("select decline_code from billhook.payments where status = 'failed' order by attempted_at")
    const reason = { decline_code: 'PAYER_CANNOT_PAY' }
    expect(await reasons()).toEqual([reason])
    await shop.billing.reconcile({ provider: 'paypal' })
    expect(await reasons()).toEqual([reason, reason])
    expect(await shop.billing.reconcile({ provider: 'paypal' })).toMatchObject({ found: { total: 0 } })
    await shop.deliver()
    expect(await reasons()).toEqual([reason, reason])
  })

  it('went back to the buyer after a dispute, which is told, refuses refunds meanwhile, and is lost', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe()
    const dispute = shop.emulator.openDispute(theSale(shop))
    await shop.deliver()
    const { json } = await shop.call<{ data: Array<{ id: string }> }>('GET', '/payments/')
    const refund = { reason: 'requested_by_customer' }
    const refused = await shop.call('POST', `/payments/${json.data[0]?.id}/refund/`, refund)
    expect(refused).toMatchObject({ status: 409, json: { code: 'payment_disputed' } })
    shop.emulator.closeDispute(dispute, 'buyer')
    await shop.deliver()
    expect(await shop.toldTypes('dispute.')).toEqual(['dispute.opened', 'dispute.closed'])
  })
})

describe('what PayPal tells oddly', () => {
  it('a sale that was held and told again is one payment of one bill', async () => {
    const shop = await paypalShopFor()
    shop.emulator.oddNextSale('held')
    await shop.subscribe()
    shop.emulator.releaseHold(theSale(shop))
    await shop.deliver()
    expect(await bills(shop)).toEqual([paid])
    expect(await shop.toldTypes('invoice.paid')).toHaveLength(1)
    await expectQuiet(shop)
  })

  it.each(['completed', 'denied'] as const)('a sale that was pending and then %s', async (outcome) => {
    const shop = await paypalShopFor()
    shop.emulator.oddNextSale('pending')
    await shop.subscribe()
    expect(await bills(shop)).toEqual(['open 0 of 4900'])
    shop.emulator.settleSale(theSale(shop), outcome)
    await shop.deliver()
    expect(await bills(shop)).toEqual([outcome === 'completed' ? paid : 'open 0 of 4900'])
    expect((await shop.current()).status).toBe(outcome === 'completed' ? 'active' : 'past_due')
  })

  it('a sale before the activation of what it paid waits for it', async () => {
    const shop = await paypalShopFor()
    await shop.approve()
    await shop.deliver({ delay: ({ event_type }) => !event_type.startsWith('PAYMENT.SALE') })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    expect(await bills(shop)).toEqual([paid])
    await expectQuiet(shop)
  })

  it('one id for two types is two events, and no time of theirs makes sense', async () => {
    const shop = await paypalShopFor()
    await shop.approve()
    const render = (event: PaypalEvent) => ({ ...event, id: 'WH-SAME', create_time: '+58246-01-01T00:00:00Z' })
    const wanted = ['BILLING.SUBSCRIPTION.ACTIVATED', 'PAYMENT.SALE.COMPLETED']
    const statuses = await shop.deliver({
      render,
      duplicate: 1,
      drop: ({ event_type }) => !wanted.includes(event_type),
    })
    expect(statuses).toEqual([200, 200, 200, 200])
    expect((await shop.inbox()).map(({ type }) => type).toSorted()).toEqual(wanted)
    expect(await shop.current()).toMatchObject({ status: 'active' })
    expect(await bills(shop)).toEqual([paid])
    await expectQuiet(shop)
  })

  it('what nobody at PayPal sent is refused in every false form alike, and leaves nothing behind', async () => {
    const shop = await paypalShopFor()
    await shop.approve()
    const events = [...shop.emulator.queued]
    const before = await shop.inbox()
    const answers = new Set<string>()
    for (const forge of forgeries) {
      for (const { body, headers } of shop.emulator.signed({ events: events.slice(-1), forge })) {
        const response = await shop.post(body, headers)
        const { code, title, status } = Object(await response.json())
        answers.add(JSON.stringify({ code, title, status, sent: response.status }))
      }
    }
    expect([...answers]).toEqual([expect.stringContaining('"sent":400')])
    expect(await shop.inbox()).toEqual(before)
    await shop.deliver({ events })
    expect(await bills(shop)).toEqual([paid])
  })
})

describe('reconciliation with PayPal', () => {
  it.each(['completed', 'denied'] as const)(
    'hears that a pending sale was %s, which counts as one attempt also when its webhook comes after all',
    async (outcome) => {
      const shop = await paypalShopFor()
      shop.emulator.oddNextSale('pending')
      await shop.subscribe()
      shop.emulator.settleSale(theSale(shop), outcome)
      const seen = async () => [
        await shop.rows('select external_payment_id as id, status from billhook.payments'),
        await shop.rows('select status, attempt_count from billhook.invoices'),
        (await shop.current()).status,
      ]
      await shop.billing.reconcile({ provider: 'paypal' })
      const isPaid = outcome === 'completed'
      const settled = [
        [{ id: theSale(shop), status: isPaid ? 'succeeded' : 'failed' }],
        [{ status: isPaid ? 'paid' : 'open', attempt_count: 1 }],
        isPaid ? 'active' : 'past_due',
      ]
      expect(await seen()).toEqual(settled)
      expect(await shop.billing.reconcile({ provider: 'paypal' })).toMatchObject({ found: { total: 0 } })
      const told = await shop.toldTypes('invoice.')
      await shop.deliver()
      expect(await shop.billing.reconcile({ provider: 'paypal' })).toMatchObject({ found: { total: 0 } })
      expect(await seen()).toEqual(settled)
      expect(await shop.toldTypes('invoice.')).toEqual(told)
    },
  )

  it('brings in what was never told, and then finds nothing; the webhooks, when they come after all, change nothing', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe({ funding: 'fails_later' })
    shop.emulator.clock.advance('P32D')
    shop.billing.clock.set(shop.emulator.clock.now())
    const run = await shop.billing.reconcile({ provider: 'paypal' })
    expect(run).toMatchObject({ status: 'completed', found: { resolutions: { person: 0 } } })
    expect(run.found.total).toBeGreaterThan(0)
    expect(await shop.current()).toMatchObject({ status: 'past_due' })
    expect(await bills(shop)).toEqual([paid, 'open 0 of 4900'])
    expect(await shop.billing.reconcile({ provider: 'paypal' })).toMatchObject({ found: { total: 0 } })
    const told = await shop.toldTypes()
    await shop.deliver()
    expect(await shop.toldTypes()).toEqual(told)
    expect(await shop.billing.reconcile({ provider: 'paypal' })).toMatchObject({ found: { total: 0 } })
  })
})

describe('a change that waits for its buyer', () => {
  it('leads back where the application wants it, and is seen there before any webhook', async () => {
    const shop = await paypalShopFor()
    const { id } = await shop.subscribe()
    const wish = { price_id: 'business-monthly', proration: 'none' }
    expect(await shop.manage('change_plan', { ...wish, return_url: 'javascript:alert(1)' })).toMatchObject({
      status: 400,
    })
    const { json } = await shop.manage('change_plan', { ...wish, return_url: 'https://app.example.test/back' })
    expect(shop.emulator.requests.find(({ path }) => path.endsWith('/revise'))?.body).toMatchObject({
      application_context: { return_url: 'https://app.example.test/back' },
    })
    const look = () => shop.call('POST', `/subscriptions/${id}/check-approval/`, {})
    expect(await look()).toMatchObject({ json: { plan_key: 'pro', pending_change: { outcome: 'requires_approval' } } })
    shop.emulator.approve(String(Object(json).approval_url))
    expect(await look()).toMatchObject({ status: 200, json: { plan_key: 'business', pending_change: null } })
    const asked = shop.emulator.requests.length
    expect(await look()).toMatchObject({ json: { plan_key: 'business' } })
    expect(shop.emulator.requests).toHaveLength(asked)
    expect(await shop.toldTypes('subscription.plan_changed')).toHaveLength(1)
  })
})
