import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../primitives/index.ts'
import type { AnyProviderOperation } from '../operation.ts'
import {
  type EmulatedAccount,
  emulatedStart,
  priceInput,
  sessionInput,
  startEmulatedAccount,
} from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount({ clock: fixedClock(emulatedStart) })
})
afterEach(() => account.emulator.stop())

const unknown = { outcome: 'unknown', code: 'outcome_unknown' }

/** What a look-up says before the call, and after one whose answer was lost. */
async function around(operation: AnyProviderOperation, call: () => Promise<unknown>) {
  const before = (await account.provider.lookup(operation)).outcome
  account.emulator.faults.loseNextAnswer()
  await expect(call()).rejects.toMatchObject(unknown)
  const found = await account.provider.lookup(operation)
  return { before, found }
}

describe('a call whose answer was lost is found again by looking', () => {
  it('a cancellation', async () => {
    const input = { externalSubscriptionId: await account.subscribe(), atPeriodEnd: false }
    const operation = account.operation('cancel_subscription', input)
    const { before, found } = await around(operation, () => account.provider.cancelSubscription(input))
    expect(before).toBe('not_found')
    expect(found).toMatchObject({ outcome: 'succeeded', result: { subscription: { status: 'canceled' } } })
  })

  it('a pause and what takes it back', async () => {
    const input = { externalSubscriptionId: await account.subscribe(), kind: 'service' as const }
    const pausing = account.operation('pause_subscription', input)
    const paused = await around(pausing, () => account.provider.pause.pauseSubscription(input, pausing))
    expect([paused.before, paused.found.outcome]).toEqual(['not_found', 'succeeded'])
    const resuming = account.operation('resume_subscription', input)
    const resumed = await around(resuming, () => account.provider.pause.resumeSubscription(input, resuming))
    expect([resumed.before, resumed.found.outcome]).toEqual(['not_found', 'succeeded'])
  })

  it('a change of plan that a card pays; one that needs an approval nobody saw did not happen', async () => {
    const dearer = await account.publish(9900)
    for (const [source, outcome] of [
      ['card', 'succeeded'],
      ['paypal', 'not_found'],
    ] as const) {
      const id = await account.subscribe({ source })
      const items = [{ externalItemId: id, externalPriceId: dearer, quantity: 1 }]
      const input = { externalSubscriptionId: id, items, proration: 'none' as const }
      const operation = account.operation('update_subscription', input)
      const { before, found } = await around(operation, () => account.provider.updateSubscription(input))
      expect([before, found.outcome]).toEqual(['not_found', outcome])
    }
  })

  it('a checkout, and its repeat opens no second page', async () => {
    const input = sessionInput({ externalPriceId: await account.publish(4900) })
    const operation = account.operation('create_checkout_session', input)
    const create = () => account.provider.createCheckoutSession(input, operation)
    const { before, found } = await around(operation, create)
    expect(before).toBe('not_found')
    expect(found).toEqual({ outcome: 'succeeded', result: await create() })
  })

  it('a plan, long after PayPal forgot the request, and its repeat makes no second one', async () => {
    await account.publish(100)
    const input = priceInput({ id: 'bhprice_lost', amount: 700 })
    const operation = account.operation('publish_price', input)
    const publish = () => account.provider.publishPrice(input, operation)
    const { before, found } = await around(operation, publish)
    account.emulator.requestIds.clear()
    expect(before).toBe('not_found')
    expect(found).toEqual({ outcome: 'succeeded', result: await publish() })
  })

  it('a refund, by the number that its webhook carries', async () => {
    const externalSubscriptionId = await account.subscribe()
    const { data } = await account.provider.charges.listCharges({ externalSubscriptionId })
    const input = {
      ...{ externalPaymentId: data[0]?.externalPaymentId ?? '', amount: 900, currency: 'EUR', reference: {} },
      reason: 'duplicate' as const,
    }
    const operation = account.operation('create_refund', input)
    const { before, found } = await around(operation, () => account.provider.refunds.createRefund(input, operation))
    expect(before).toBe('not_found')
    expect(found).toMatchObject({ outcome: 'succeeded', result: { amount: 900 } })
    // Another refund of the same sale, which that one is not: nobody can say, so it is not made again.
    expect(await account.provider.lookup(account.operation('create_refund', input))).toEqual({ outcome: 'unknown' })
  })
})

/** A wish of this minute, by PayPal's clock, to pay an open bill. */
async function payingOf(externalSubscriptionId: string) {
  const { data } = await account.provider.listInvoices({ externalSubscriptionId })
  const bill = data.find(({ status }) => status === 'open')
  const input = { externalInvoiceId: bill?.externalInvoiceId ?? '', amount: 4900, currency: 'EUR' }
  return { ...account.operation('pay_invoice', input), startedAt: account.emulator.clock.now() }
}

describe('a look-up', () => {
  it('finds the debt that was collected, by its amount and not before the call began', async () => {
    const id = await account.subscribe({ funding: 'fails_later' })
    account.emulator.clock.advance('P75D')
    account.emulator.changeFunding(id, 'pays')
    const operation = await payingOf(id)
    const { input } = operation
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'unknown' })
    account.emulator.faults.loseNextAnswer()
    await expect(account.provider.payInvoice(input, operation)).rejects.toMatchObject({ outcome: 'unknown' })
    expect(await account.provider.lookup(operation)).toMatchObject({
      outcome: 'succeeded',
      result: { outcome: 'paid', charge: { status: 'succeeded', amount: 4900 } },
    })
    const later = { ...operation, startedAt: new Date(operation.startedAt.getTime() + 3_600_000) }
    expect(await account.provider.lookup(later)).toEqual({ outcome: 'unknown' })
  })

  it('that cannot look now says so', async () => {
    const input = { externalSubscriptionId: await account.subscribe(), atPeriodEnd: false }
    account.emulator.faults.cutNextCall()
    expect(await account.provider.lookup(account.operation('cancel_subscription', input))).toEqual({
      outcome: 'unknown',
    })
  })

  it('for a debt that is not seen to be paid stays open: the list lags behind', async () => {
    const id = await account.subscribe({ funding: 'fails_later' })
    account.emulator.clock.advance('P45D')
    expect(await account.provider.lookup(await payingOf(id))).toEqual({ outcome: 'unknown' })
  })

  it('sends nothing that could change anything', async () => {
    const input = sessionInput({ externalPriceId: await account.publish(4900) })
    const { length } = account.emulator.requests
    await account.provider.lookup(account.operation('create_checkout_session', input))
    expect(account.emulator.requests.slice(length).map(({ method }) => method)).toEqual(['GET'])
  })
})
