import { beforeEach, describe, expect, it } from 'vitest'
import { everyRow, type Side, twoProviderShop } from './support/two-provider-shop.ts'

/** What an application sees of an organization, whoever takes its money. */
async function seen({ shop }: Side) {
  const { status, access, plan_key, cancel_at_period_end, pause, pending_change } = await shop.current()
  const { organization: organizationId, billing } = shop
  const may = (feature: string) => billing.checkFeatureAccess({ organizationId, feature })
  return {
    ...{ status, plan: plan_key, ends: cancel_at_period_end, paused: pause !== null, pending: pending_change !== null },
    access: access.allowed,
    pro: await may('pro'),
    business: await may('business'),
    bills: (await shop.invoices()).map((bill) => `${bill.status} ${bill.amount_paid} of ${bill.total}`).toReversed(),
  }
}

const active = {
  ...{ status: 'active', plan: 'pro', ends: false, paused: false, pending: false },
  ...{ access: true, pro: true, business: false },
}
const paid = 'paid 4900 of 4900'

describe('two organizations of one installation, each at a provider of its own', () => {
  let world: Awaited<ReturnType<typeof twoProviderShop>>
  let both: Side[]
  beforeEach(async () => {
    world = await twoProviderShop()
    both = Object.values(world.sides)
  })

  /** Each does it, and no row of the other moves, whatever its provider has to tell meanwhile. */
  async function eachApart(act: (side: Side) => Promise<unknown> = async () => undefined): Promise<void> {
    await world.paypal.billing.runJobs()
    const { paypal, stripe } = world.sides
    for (const [side, other] of [
      [paypal, stripe],
      [stripe, paypal],
    ] as const) {
      const before = await everyRow(other.shop)
      await act(side)
      await side.deliver()
      expect(await everyRow(other.shop)).toEqual(before)
    }
  }

  const expectBoth = async (wanted: object) => {
    for (const side of both) expect(await seen(side), side.shop.provider).toEqual(wanted)
  }

  const subscribeBoth = () => eachApart((side) => side.subscribe())

  it('subscribe, renew, fail and recover alike, and give money back', async () => {
    await subscribeBoth()
    await expectBoth({ ...active, bills: [paid] })
    world.advance('P32D')
    await eachApart()
    await expectBoth({ ...active, bills: [paid, paid] })
    await eachApart((side) => side.changeFunding('declines'))
    world.advance('P31D')
    await eachApart()
    await expectBoth({ ...active, status: 'past_due', bills: [paid, paid, 'open 0 of 4900'] })
    await eachApart((side) => side.changeFunding('pays'))
    world.advance('P6D')
    await eachApart()
    await expectBoth({ ...active, bills: [paid, paid, paid] })
    await eachApart(async ({ shop }) => {
      const { json } = await shop.call<{ data: Array<{ id: string; status: string }> }>('GET', '/payments/')
      const { id } = json.data.find(({ status }) => status === 'succeeded') ?? { id: '' }
      const body = { amount: 900, reason: 'requested_by_customer' }
      expect(await shop.call('POST', `/payments/${id}/refund/`, body)).toMatchObject({ json: { status: 'succeeded' } })
    })
    for (const { shop } of both) {
      expect((await shop.invoices()).map(({ amount_refunded }) => amount_refunded).toSorted()).toEqual([0, 0, 900])
      expect(await shop.toldTypes('payment.refunded')).toHaveLength(1)
      expect(await shop.toldTypes('subscription.past_due')).toHaveLength(1)
      expect(await shop.toldTypes('subscription.recovered')).toHaveLength(1)
      expect(await shop.alerts()).toEqual([])
    }
  })

  it('change their plans: at once, or once the buyer agreed; an offer that nobody took ends', async () => {
    await subscribeBoth()
    world.advance('P10D')
    const toBusiness = { price_id: 'business-monthly', proration: 'none' }
    const { paypal, stripe } = world.sides
    const offers: string[] = []
    await eachApart(async ({ shop }) => {
      const { json } = await shop.manage('change_plan', toBusiness)
      expect(json.outcome).toBe(shop.provider === 'paypal' ? 'requires_approval' : 'applied')
      offers.push(String(Object(json).approval_url))
    })
    const bought = { ...active, plan: 'business', pro: false, business: true }
    expect(await seen(stripe)).toEqual({ ...bought, bills: [paid] })
    expect(await seen(paypal)).toEqual({ ...active, pending: true, bills: [paid] })
    world.advance('PT4H')
    await eachApart()
    expect(await seen(paypal)).toEqual({ ...active, bills: [paid] })
    // The link of an offer that is over leads nowhere.
    expect(() => world.paypal.emulator.approve(offers[0] ?? '')).toThrow()
    const again = await world.paypal.manage('change_plan', toBusiness)
    world.paypal.emulator.approve(String(Object(again.json).approval_url))
    await eachApart()
    await expectBoth({ ...bought, bills: [paid] })
    world.advance('P25D')
    await eachApart()
    await expectBoth({ ...bought, bills: [paid, 'paid 9900 of 9900'] })
    for (const { shop } of both) expect(await shop.toldTypes('subscription.plan_changed')).toHaveLength(1)
  })

  it('end with what is paid for, after a change of mind, and are charged no more', async () => {
    await subscribeBoth()
    world.advance('P32D')
    await eachApart()
    await eachApart(({ shop }) => shop.manage('cancel', { at_period_end: true }))
    await expectBoth({ ...active, ends: true, bills: [paid, paid] })
    await eachApart(({ shop }) => shop.manage('reactivate'))
    await expectBoth({ ...active, bills: [paid, paid] })
    world.advance('P30D')
    await eachApart()
    await expectBoth({ ...active, bills: [paid, paid, paid] })
    await eachApart(({ shop }) => shop.manage('cancel', { at_period_end: true }))
    const sales = both.map((side) => side.sales())
    world.advance('P20D')
    await eachApart()
    await expectBoth({ ...active, ends: true, bills: [paid, paid, paid] })
    world.advance('P40D')
    await eachApart()
    const over = { status: 'canceled', ends: false, access: false, pro: false }
    await expectBoth({ ...active, ...over, bills: [paid, paid, paid] })
    expect(both.map((side) => side.sales())).toEqual(sales)
    for (const { shop } of both) {
      expect(await shop.toldTypes('subscription.canceled')).toHaveLength(1)
      expect((await shop.inbox()).filter(({ status }) => status !== 'processed' && status !== 'ignored')).toEqual([])
    }
  })
})
