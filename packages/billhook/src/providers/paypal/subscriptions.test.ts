import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../primitives/index.ts'
import type { UpdateSubscriptionInput } from '../operation.ts'
import {
  type EmulatedAccount,
  emulatedStart,
  host,
  makeProvider,
  startEmulatedAccount,
} from './testing/emulated-account.ts'

const clock = fixedClock(emulatedStart)
let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount({ clock })
})
afterEach(() => account.emulator.stop())

const change = (id: string, externalPriceId: string, quantity = 1): UpdateSubscriptionInput => ({
  externalSubscriptionId: id,
  items: [{ externalItemId: id, externalPriceId, quantity }],
  proration: 'none',
})
const paused = (id: string) => ({ externalSubscriptionId: id, kind: 'service' as const })
const itemsOf = async (id: string) => (await account.provider.retrieveSubscription(id)).items

describe('a change of plan', () => {
  it('waits for the buyer, leaves everything as it was until then, and is there once he agreed', async () => {
    const id = await account.subscribe()
    const before = await account.provider.retrieveSubscription(id)
    const dearer = await account.publish(9900)
    const result = await account.provider.updateSubscription(change(id, dearer, 2))
    expect(result).toMatchObject({ outcome: 'requires_approval', subscription: before })
    if (result.outcome !== 'requires_approval') return
    expect(result.expiresAt.getTime() - clock.now().getTime()).toBe(3 * 3_600_000)
    expect(await account.provider.retrieveSubscription(id)).toEqual(before)
    account.emulator.approve(result.approvalUrl)
    expect(await itemsOf(id)).toMatchObject([{ externalPriceId: dearer, quantity: 2 }])
  })

  it('is there at once where a card pays, which needs no new consent', async () => {
    const id = await account.subscribe({ source: 'card' })
    const dearer = await account.publish(9900)
    expect(await account.provider.updateSubscription(change(id, dearer))).toMatchObject({ outcome: 'applied' })
    expect(await itemsOf(id)).toMatchObject([{ externalPriceId: dearer }])
  })

  it('that PayPal takes without asking and shows only later is scheduled for the next charge', async () => {
    const id = await account.subscribe()
    const dearer = await account.publish(9900)
    const way: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (!String(input).endsWith('/revise')) return response
      const answer: unknown = await response.json()
      return Response.json({ ...Object(answer), links: [] })
    }
    const provider = makeProvider(account.emulator, {}, { ...host, clock, fetch: way })
    const { currentPeriodEnd } = await provider.retrieveSubscription(id)
    const result = await provider.updateSubscription(change(id, dearer))
    expect(result.outcome).toBe('scheduled')
    if (result.outcome !== 'scheduled') return
    expect(Math.abs(result.effectiveAt.getTime() - (currentPeriodEnd?.getTime() ?? 0))).toBeLessThan(24 * 3_600_000)
  })

  it('to what it is to already asks nobody', async () => {
    const price = await account.publish(4900)
    const id = await account.subscribe({ price })
    expect(await account.provider.updateSubscription(change(id, price))).toMatchObject({ outcome: 'applied' })
    expect(account.emulator.requests.filter(({ path }) => path.endsWith('/revise'))).toEqual([])
  })

  it.each(['next_invoice', 'immediate'] as const)(
    'with proration %s is refused: PayPal knows none',
    async (proration) => {
      const id = await account.subscribe()
      const input = { ...change(id, await account.publish(9900)), proration }
      await expect(account.provider.updateSubscription(input)).rejects.toMatchObject({ code: 'unsupported' })
    },
  )

  it('to a price in another currency is refused', async () => {
    const id = await account.subscribe()
    const dollars = await account.publish(9900, { currency: 'USD' })
    await expect(account.provider.updateSubscription(change(id, dollars))).rejects.toMatchObject({
      code: 'unsupported_currency',
      outcome: 'failed',
    })
  })
})

describe('what holds already', () => {
  it('is a success although PayPal refuses the call: somebody else was faster', async () => {
    const id = await account.subscribe()
    const other = makeProvider(account.emulator, {}, { ...host, clock })
    const race = (path: string, first: () => Promise<unknown>) =>
      makeProvider(
        account.emulator,
        {},
        {
          ...host,
          clock,
          fetch: async (input, init) => {
            if (String(input).endsWith(path)) await first()
            return fetch(input, init)
          },
        },
      )
    const slowPause = race('/suspend', () =>
      other.pause.pauseSubscription(paused(id), account.operation('pause_subscription', paused(id))),
    )
    const isPaused = await slowPause.pause.pauseSubscription(
      paused(id),
      account.operation('pause_subscription', paused(id)),
    )
    expect(isPaused).toMatchObject({ outcome: 'applied', subscription: { status: 'paused' } })
    const slowResume = race('/activate', () =>
      other.pause.resumeSubscription(paused(id), account.operation('resume_subscription', paused(id))),
    )
    const runs = await slowResume.pause.resumeSubscription(
      paused(id),
      account.operation('resume_subscription', paused(id)),
    )
    expect(runs).toMatchObject({ outcome: 'applied', subscription: { status: 'active' } })
    const input = { externalSubscriptionId: id, atPeriodEnd: false }
    const slowCancel = race('/cancel', () => other.cancelSubscription(input))
    expect(await slowCancel.cancelSubscription(input)).toMatchObject({ subscription: { status: 'canceled' } })
  })

  it('is not what an unapproved subscription can be: cancelling it is refused', async () => {
    const id = await account.openSession()
    const input = { externalSubscriptionId: id, atPeriodEnd: false }
    await expect(account.provider.cancelSubscription(input)).rejects.toMatchObject({ code: 'provider_rejected' })
  })
})

describe('unpaid money', () => {
  const debtOf = async (months: string) => {
    const id = await account.subscribe({ funding: 'fails_later' })
    account.emulator.clock.advance(months)
    return id
  }

  it('makes it past due at the first failure, and unpaid when PayPal stops it', async () => {
    const id = await debtOf('P32D')
    expect((await account.provider.retrieveSubscription(id)).status).toBe('past_due')
    account.emulator.clock.advance('P60D')
    expect((await account.provider.retrieveSubscription(id)).status).toBe('unpaid')
  })

  it('keeps what PayPal stopped from being resumed, with a decline', async () => {
    const id = await debtOf('P92D')
    const resuming = account.provider.pause.resumeSubscription(
      paused(id),
      account.operation('resume_subscription', paused(id)),
    )
    await expect(resuming).rejects.toMatchObject({
      code: 'payment_declined',
      declineCode: 'SUBSCRIPTION_CANNOT_BE_ACTIVATED',
    })
  })

  it('is collected on demand once PayPal counts it as outstanding; before, the buyer is sent to PayPal', async () => {
    const id = await debtOf('P32D')
    const openBill = async () => {
      const { data } = await account.provider.listInvoices({ externalSubscriptionId: id })
      return data.find(({ status }) => status === 'open')?.externalInvoiceId ?? ''
    }
    const pay = async (externalInvoiceId: string) => {
      const input = { externalInvoiceId, amount: 4900, currency: 'EUR' }
      return account.provider.payInvoice(input, account.operation('pay_invoice', input))
    }
    const bill = await openBill()
    expect(await pay(bill)).toMatchObject({ outcome: 'requires_action', url: expect.stringContaining('paypal.com') })
    account.emulator.clock.advance('P12D')
    await expect(pay(bill)).rejects.toMatchObject({ code: 'payment_declined', outcome: 'failed' })
    account.emulator.changeFunding(id, 'pays')
    expect(await pay(bill)).toMatchObject({ outcome: 'paid', charge: { status: 'succeeded', amount: 4900 } })
    expect(await pay(bill)).toEqual({ outcome: 'paid' })
    expect((await account.provider.retrieveSubscription(id)).status).toBe('active')
  })
})
