import { describe, expect, it } from 'vitest'
import { type PaypalShop, paypalShopFor } from './support/paypal-shop.ts'

const salesOf = ({ emulator }: PaypalShop) => [...emulator.state.sales.values()].length
const statusAtPaypal = ({ emulator }: PaypalShop) =>
  [...emulator.state.subscriptions.values()].map(({ status }) => status)

describe('an end with the period, which PayPal cannot schedule', () => {
  it('stops it from charging at once, keeps what is paid for, and ends it at PayPal then', async () => {
    const shop = await paypalShopFor()
    const { current_period_end: end } = await shop.subscribe()
    const { json } = await shop.manage('cancel', { at_period_end: true })
    expect(json.subscription).toMatchObject({
      status: 'active',
      cancel_at: end,
      pause: null,
      access: { allowed: true, until: end },
    })
    await shop.deliver()
    expect(statusAtPaypal(shop)).toEqual(['SUSPENDED'])
    expect(await shop.current()).toMatchObject({ status: 'active', cancel_at_period_end: true, pause: null })
    await shop.advance('P33D')
    await shop.deliver()
    expect(statusAtPaypal(shop)).toEqual(['CANCELLED'])
    expect(await shop.current()).toMatchObject({ status: 'canceled', access: { allowed: false, reason: 'ended' } })
    expect(salesOf(shop)).toBe(1)
    expect(await shop.toldTypes('subscription.')).toEqual([
      'subscription.created',
      'subscription.activated',
      'subscription.cancel_scheduled',
      'subscription.canceled',
    ])
  })

  it('is taken back before, and it renews', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe()
    await shop.manage('cancel', { at_period_end: true })
    await shop.deliver()
    await shop.advance('P5D')
    expect((await shop.manage('reactivate')).json.subscription).toMatchObject({ status: 'active', cancel_at: null })
    await shop.deliver()
    await shop.advance('P28D')
    expect(await shop.current()).toMatchObject({ status: 'active', cancel_at: null, access: { allowed: true } })
    expect(salesOf(shop)).toBe(2)
    expect(await shop.alerts()).toEqual([])
  })

  it('of what is owed is past due until it is paid, and then neither owed nor taken back', async () => {
    const shop = await paypalShopFor()
    const { external_subscription_id: id } = await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P32D')
    const { json } = await shop.manage('cancel', { at_period_end: true })
    const { cancel_at } = json.subscription
    expect(json.subscription).toMatchObject({ status: 'past_due', cancel_at: expect.any(String), pause: null })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'past_due', cancel_at })
    shop.emulator.changeFunding(id ?? '', 'pays')
    const open = (await shop.invoices()).find(({ status }) => status === 'open')
    expect(await shop.call('POST', `/invoices/${open?.id}/pay/`, {})).toMatchObject({ json: { outcome: 'paid' } })
    const settled = { status: 'active', cancel_at, pause: null, access: { allowed: true, until: cancel_at } }
    expect(await shop.current()).toMatchObject(settled)
    await shop.deliver()
    expect(await shop.current()).toMatchObject(settled)
    expect(await shop.toldTypes('subscription.recovered')).toHaveLength(1)
    await shop.advance('P31D')
    expect([statusAtPaypal(shop), (await shop.current()).status, salesOf(shop)]).toEqual([['CANCELLED'], 'canceled', 3])
    expect(await shop.alerts()).toEqual([])
  })

  it('is taken back and alerted when somebody lets it run again at PayPal', async () => {
    const shop = await paypalShopFor()
    const { external_subscription_id: id } = await shop.subscribe()
    await shop.manage('cancel', { at_period_end: true })
    await shop.deliver()
    await shop.advance('P1D')
    shop.emulator.resumeAtPaypal(id ?? '')
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'active', cancel_at: null })
    expect((await shop.alerts()).map(({ kind }) => kind)).toEqual(['scheduled_end_taken_back'])
  })
})

it('an end that is asked for right after a pause at PayPal, of which nobody has heard yet, leaves the pause alone', async () => {
  const shop = await paypalShopFor()
  const { external_subscription_id: id, current_period_end } = await shop.subscribe()
  shop.emulator.suspendAtPaypal(id ?? '')
  const { json } = await shop.manage('cancel', { at_period_end: true })
  const held = { status: 'paused', pause: { kind: 'service' }, cancel_at: current_period_end }
  expect(json.subscription).toMatchObject(held)
  await shop.deliver()
  expect(await shop.current()).toMatchObject(held)
  expect((await shop.manage('reactivate')).json.subscription).toMatchObject({ ...held, cancel_at: null })
  expect(statusAtPaypal(shop)).toEqual(['SUSPENDED'])
})

it('a pause made at PayPal is shown as one, and not as our own hold', async () => {
  const shop = await paypalShopFor()
  const { external_subscription_id: id } = await shop.subscribe()
  shop.emulator.suspendAtPaypal(id ?? '')
  await shop.deliver()
  expect(await shop.current()).toMatchObject({ status: 'paused', pause: { kind: 'service' }, cancel_at: null })
  shop.emulator.resumeAtPaypal(id ?? '')
  await shop.deliver()
  expect(await shop.current()).toMatchObject({ status: 'active', pause: null })
})

it('an offer that the buyer leaves is over after three hours, and everything is as it was', async () => {
  const shop = await paypalShopFor()
  await shop.subscribe()
  await shop.advance('P1D')
  await shop.manage('change_plan', { price_id: 'business-monthly', proration: 'none' })
  expect((await shop.current()).pending_change).toMatchObject({ outcome: 'requires_approval' })
  await shop.advance('PT4H')
  expect(await shop.current()).toMatchObject({ plan_key: 'pro', pending_change: null })
})
