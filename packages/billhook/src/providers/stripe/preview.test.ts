import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProrationMode } from '../capabilities.ts'
import type { UpdateSubscriptionInput } from '../operation.ts'
import type { ChangePreviewData } from '../snapshots.ts'
import { couponInput, type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

async function changeOf(id: string, externalPriceId: string, proration: ProrationMode, quantity = 1) {
  const { items } = await account.provider.retrieveSubscription(id)
  const [item] = items
  return {
    externalSubscriptionId: id,
    items: [{ externalItemId: item?.externalItemId ?? '', externalPriceId, quantity }],
    proration,
  }
}

async function preview(input: UpdateSubscriptionInput): Promise<ChangePreviewData> {
  const shown = await account.provider.previewUpdate?.(input)
  if (!shown) throw new Error('The provider shows no previews')
  return shown
}

/** Commits what was shown, some time later, and answers what is charged for it then and by the next bill. */
async function commit(input: UpdateSubscriptionInput, { prorationAt }: ChangePreviewData, later = 'PT10M') {
  account.emulator.clock.advance(later)
  const { externalSubscriptionId } = input
  const before = (await account.provider.listInvoices({ externalSubscriptionId })).data.length
  const dated = { ...input, prorationAt: prorationAt.toISOString() }
  const result = await account.provider.updateSubscription(dated, account.operation('update_subscription', dated))
  const { data } = await account.provider.listInvoices({ externalSubscriptionId })
  const made = data.slice(0, data.length - before)
  return { result, made, charged: made.reduce((sum, invoice) => sum + invoice.amountDue, 0) }
}

describe('previewUpdate', () => {
  it('shows an upgrade that is charged at once, and committing it later charges exactly that', async () => {
    const id = await account.subscribe()
    account.emulator.clock.advance('P10D')
    const input = await changeOf(id, await account.publish(9900), 'immediate')
    const shown = await preview(input)
    const [unused, remaining] = [-Math.round((4900 * 21) / 31), Math.round((9900 * 21) / 31)]
    expect(shown).toMatchObject({
      currency: 'EUR',
      lines: [
        { amount: unused, proration: true },
        { amount: remaining, proration: true },
      ],
      ...{ proration: unused + remaining, tax: 0, creditApplied: 0, dueNow: unused + remaining },
      nextCharge: { amount: 9900, at: new Date('2026-04-01T00:00:00Z') },
      prorationAt: new Date('2026-03-11T00:00:00Z'),
    })
    const { charged, made, result } = await commit(input, shown, 'P2D')
    expect(result.outcome).toBe('applied')
    expect(charged).toBe(shown.dueNow)
    expect(made[0]?.lines.map(({ amount }) => amount)).toEqual(shown.lines.map(({ amount }) => amount))
    account.emulator.clock.advance('P20D')
    expect((await account.provider.listInvoices({ externalSubscriptionId: id })).data[0]?.amountPaid).toBe(9900)
  })

  it('without the date of the preview other seconds would be charged', async () => {
    const id = await account.subscribe()
    account.emulator.clock.advance('P10D')
    const input = await changeOf(id, await account.publish(9900), 'immediate')
    const shown = await preview(input)
    account.emulator.clock.advance('P2D')
    await account.provider.updateSubscription(input, account.operation('update_subscription', input))
    const { data } = await account.provider.listInvoices({ externalSubscriptionId: id })
    expect(data[0]?.amountDue).not.toBe(shown.dueNow)
  })

  it('changes nothing', async () => {
    const id = await account.subscribe()
    const input = await changeOf(id, await account.publish(9900), 'immediate')
    const [before, events] = [await account.provider.retrieveSubscription(id), account.emulator.events.length]
    await preview(input)
    expect(await account.provider.retrieveSubscription(id)).toEqual(before)
    expect(account.emulator.events).toHaveLength(events)
  })

  it.each(['next_invoice', 'none'] as const)(
    'takes nothing now with proration %s, and foretells the next bill',
    async (proration) => {
      const id = await account.subscribe()
      account.emulator.clock.advance('P10D')
      const input = await changeOf(id, await account.publish(9900), proration)
      const shown = await preview(input)
      expect(shown).toMatchObject({ dueNow: 0, creditApplied: 0, nextCharge: { at: new Date('2026-04-01T00:00:00Z') } })
      expect(shown.lines.map((line) => line.proration)).toEqual(proration === 'none' ? [] : [true, true])
      const { charged } = await commit(input, shown, 'P1D')
      expect(charged).toBe(0)
      account.emulator.clock.advance('P20D')
      const [next] = (await account.provider.listInvoices({ externalSubscriptionId: id })).data
      expect(next?.amountDue).toBe(shown.nextCharge?.amount)
    },
  )

  it('leaves prorations of an earlier change out of the change, and in the next bill', async () => {
    const id = await account.subscribe()
    account.emulator.clock.advance('P5D')
    const first = await changeOf(id, await account.publish(9900), 'next_invoice')
    await commit(first, await preview(first))
    account.emulator.clock.advance('P5D')
    const second = await changeOf(id, await account.publish(19900), 'next_invoice')
    const shown = await preview(second)
    expect(shown.lines).toHaveLength(2)
    await commit(second, shown)
    account.emulator.clock.advance('P22D')
    const [next] = (await account.provider.listInvoices({ externalSubscriptionId: id })).data
    expect(next?.lines).toHaveLength(5)
    expect(next?.amountDue).toBe(shown.nextCharge?.amount)
  })

  it.each(['none', 'next_invoice', 'immediate'] as const)(
    'another interval is charged at once, whatever was asked for: %s',
    async (proration) => {
      const id = await account.subscribe()
      account.emulator.clock.advance('P10D')
      const input = await changeOf(id, await account.publish(49000, 'year'), proration)
      const shown = await preview(input)
      const credit = proration === 'none' ? 0 : Math.round((4900 * 21) / 31)
      expect(shown).toMatchObject({ dueNow: 49000 - credit, nextCharge: { amount: 49000 } })
      expect(shown.nextCharge?.at).toEqual(new Date('2027-03-11T00:00:00Z'))
      expect((await commit(input, shown)).charged).toBe(shown.dueNow)
    },
  )

  it('a cheaper plan leaves credit, which the next charge is less by', async () => {
    const id = await account.subscribe({ price: await account.publish(9900) })
    account.emulator.clock.advance('P10D')
    const input = await changeOf(id, await account.publish(1900), 'immediate')
    const shown = await preview(input)
    expect(shown.dueNow).toBe(0)
    expect(shown.proration).toBeLessThan(0)
    expect((await commit(input, shown)).charged).toBe(0)
    account.emulator.clock.advance('P22D')
    const [next] = (await account.provider.listInvoices({ externalSubscriptionId: id })).data
    expect(next?.amountDue).toBe(shown.nextCharge?.amount)
  })

  it('counts tax, a discount and the balance as the charge will', async () => {
    await account.emulator.stop()
    account = await startEmulatedAccount({}, fetch, { taxPercent: 19 })
    const coupon = couponInput({ percentOff: '25', duration: 'forever' })
    await account.provider.coupons?.publishCoupon(coupon, account.operation('publish_coupon', coupon))
    const id = await account.subscribe({ more: { automaticTax: true, externalCouponId: coupon.coupon.id } })
    const { externalCustomerId } = await account.provider.retrieveSubscription(id)
    const customer = account.emulator.state.customers.get(externalCustomerId)
    if (customer) customer.balance = -500
    account.emulator.clock.advance('P10D')
    const input = await changeOf(id, await account.publish(9900), 'immediate', 2)
    const shown = await preview(input)
    expect(shown.tax).toBe(Math.round((shown.proration * 19) / 100))
    expect(shown).toMatchObject({ creditApplied: 500, dueNow: shown.proration + shown.tax - 500 })
    expect(shown.nextCharge?.amount).toBe(Math.round(19800 * 0.75 * 1.19))
    const { charged, made } = await commit(input, shown, 'P1D')
    expect([charged, made[0]?.tax, made[0]?.creditApplied]).toEqual([shown.dueNow, shown.tax, shown.creditApplied])
  })

  it('after a free first month gives no credit for what was never paid', async () => {
    const coupon = couponInput({ percentOff: '100', duration: 'once' })
    await account.provider.coupons?.publishCoupon(coupon, account.operation('publish_coupon', coupon))
    const id = await account.subscribe({ more: { externalCouponId: coupon.coupon.id } })
    account.emulator.clock.advance('P10D')
    const input = await changeOf(id, await account.publish(9900), 'immediate')
    const shown = await preview(input)
    expect(shown.lines.map(({ amount }) => amount)).toEqual([Math.round((9900 * 21) / 31)])
    expect((await commit(input, shown)).charged).toBe(shown.dueNow)
  })

  it('foretells no charge after the end', async () => {
    const id = await account.subscribe()
    const end = { externalSubscriptionId: id, atPeriodEnd: true }
    await account.provider.cancelSubscription(end, account.operation('cancel_subscription', end))
    expect((await preview(await changeOf(id, await account.publish(9900), 'immediate'))).nextCharge).toBeNull()
  })
})

describe('a held-back change', () => {
  it('is dropped alone when nobody pays for it: the subscription goes on as it was', async () => {
    const id = await account.subscribe()
    const before = await account.provider.retrieveSubscription(id)
    account.emulator.replaceCard(before.externalCustomerId, '4000000000000002')
    account.emulator.clock.advance('P3D')
    const input = await changeOf(id, await account.publish(9900), 'immediate')
    const shown = await preview(input)
    const { result } = await commit(input, shown)
    expect(result).toMatchObject({ outcome: 'pending_payment', paymentUrl: expect.stringContaining('http') })
    account.emulator.clock.advance('P1D')
    expect(account.emulator.events.map(({ type }) => type)).toContain('customer.subscription.pending_update_expired')
    const { items, status, currentPeriodEnd, endedAt } = await account.provider.retrieveSubscription(id)
    expect({ items, status, currentPeriodEnd, endedAt }).toEqual({
      items: before.items,
      status: 'active',
      currentPeriodEnd: before.currentPeriodEnd,
      endedAt: null,
    })
  })

  it('happens when its invoice is paid', async () => {
    const id = await account.subscribe()
    const { externalCustomerId } = await account.provider.retrieveSubscription(id)
    account.emulator.replaceCard(externalCustomerId, '4000000000000002')
    const price = await account.publish(9900)
    const input = await changeOf(id, price, 'immediate')
    const { made } = await commit(input, await preview(input))
    account.emulator.payInvoice(made[0]?.externalInvoiceId ?? '', { card: '4242424242424242' })
    expect(await account.provider.retrieveSubscription(id)).toMatchObject({ items: [{ externalPriceId: price }] })
  })
})
