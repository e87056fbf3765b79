import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProrationMode } from '../capabilities.ts'
import { type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

const periodEnd = new Date('2026-04-01T00:00:00Z')
const writes = () =>
  account.emulator.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/subscriptions/'))

function cancel(externalSubscriptionId: string, atPeriodEnd: boolean) {
  const input = { externalSubscriptionId, atPeriodEnd }
  return account.provider.cancelSubscription(input, account.operation('cancel_subscription', input))
}

function reactivate(externalSubscriptionId: string) {
  const input = { externalSubscriptionId }
  return account.provider.reactivateSubscription(input, account.operation('reactivate_subscription', input))
}

async function change(id: string, externalPriceId: string, quantity: number, proration: ProrationMode) {
  const { items } = await account.provider.retrieveSubscription(id)
  const input = {
    externalSubscriptionId: id,
    items: items.map(({ externalItemId }) => ({ externalItemId, externalPriceId, quantity })),
    proration,
  }
  return account.provider.updateSubscription(input, account.operation('update_subscription', input))
}

/** As a portal on flexible billing ends a subscription. */
async function setCancelAt(id: string, cancelAt: Date) {
  const response = await fetch(`${account.emulator.baseUrl}/v1/subscriptions/${id}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${account.emulator.apiKey}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: `cancel_at=${cancelAt.getTime() / 1000}`,
  })
  expect(response.status).toBe(200)
}

describe('cancelSubscription', () => {
  it('ends it now, with a key of its own, and is a success again when it has ended', async () => {
    const id = await account.subscribe()
    expect(await cancel(id, false)).toMatchObject({ outcome: 'applied', subscription: { status: 'canceled' } })
    expect(writes()).toMatchObject([{ method: 'DELETE', idempotencyKey: expect.stringMatching(/^key-bhop_/) }])
    expect(await cancel(id, false)).toMatchObject({ outcome: 'applied', subscription: { status: 'canceled' } })
    expect(await cancel(id, true)).toMatchObject({ outcome: 'applied', subscription: { status: 'canceled' } })
  })

  it('ends it with its period, once, also when something else had scheduled that', async () => {
    const id = await account.subscribe()
    const scheduled = {
      outcome: 'scheduled',
      effectiveAt: periodEnd,
      subscription: { status: 'active', cancelAt: periodEnd },
    }
    expect(await cancel(id, true)).toMatchObject(scheduled)
    expect(await cancel(id, true)).toMatchObject(scheduled)
    expect(writes()).toHaveLength(1)
    const other = await account.subscribe()
    await setCancelAt(other, periodEnd)
    expect(await cancel(other, true)).toMatchObject(scheduled)
  })

  it('brings an end after the period forward to it', async () => {
    const id = await account.subscribe()
    await setCancelAt(id, new Date('2026-06-01T00:00:00Z'))
    expect(await cancel(id, true)).toMatchObject({ outcome: 'scheduled', effectiveAt: periodEnd })
  })

  it('throws what is missing', async () => {
    await expect(cancel('sub_none', false)).rejects.toMatchObject({ code: 'resource_missing', outcome: 'failed' })
    await expect(cancel('sub_none', true)).rejects.toMatchObject({ code: 'resource_missing' })
  })
})

describe('reactivateSubscription', () => {
  it.each([
    ['cancel_at_period_end', (id: string) => cancel(id, true), 'cancel_at_period_end'],
    ['cancel_at', (id: string) => setCancelAt(id, new Date('2026-03-20T00:00:00Z')), 'cancel_at'],
  ])('takes back an end set by %s and clears only that field', async (_, schedule, field) => {
    const id = await account.subscribe()
    await schedule(id)
    expect(await reactivate(id)).toMatchObject({
      outcome: 'applied',
      subscription: { status: 'active', cancelAt: null },
    })
    expect(Object.keys(account.emulator.requests.at(-1)?.params ?? {})).toEqual([field])
  })

  it('changes nothing when no end is scheduled, and throws when it has ended', async () => {
    const id = await account.subscribe()
    expect(await reactivate(id)).toMatchObject({ outcome: 'applied' })
    expect(writes()).toHaveLength(0)
    await cancel(id, false)
    await expect(reactivate(id)).rejects.toMatchObject({ code: 'subscription_ended', status: 409 })
  })
})

describe('updateSubscription', () => {
  it.each([
    ['none', { proration_behavior: 'none' }],
    ['next_invoice', { proration_behavior: 'create_prorations' }],
    ['immediate', { proration_behavior: 'always_invoice', payment_behavior: 'pending_if_incomplete' }],
  ] as const)('changes price and quantity of the same item with proration %s', async (proration, params) => {
    const id = await account.subscribe()
    const [before] = (await account.provider.retrieveSubscription(id)).items
    const price = await account.publish(9900)
    const expected = { externalItemId: before?.externalItemId, externalPriceId: price, quantity: 2 }
    expect(await change(id, price, 2, proration)).toMatchObject({
      outcome: 'applied',
      subscription: { items: [expected] },
    })
    expect(writes().at(-1)?.params).toMatchObject(params)
    expect((await account.provider.listInvoices({ externalSubscriptionId: id })).data).toHaveLength(
      proration === 'immediate' ? 2 : 1,
    )
  })

  it('keeps the old plan until the money for an immediate change has come, and says where to pay', async () => {
    const id = await account.subscribe()
    const { externalCustomerId, items: before } = await account.provider.retrieveSubscription(id)
    account.emulator.replaceCard(externalCustomerId, '4000000000000002')
    const result = await change(id, await account.publish(9900), 1, 'immediate')
    expect(result).toMatchObject({
      outcome: 'pending_payment',
      paymentUrl: expect.stringContaining('http'),
      subscription: { status: 'active', items: before },
    })
  })

  it('says a subscription has ended, whichever way Stripe words it', async () => {
    const id = await account.subscribe()
    const price = await account.publish(9900)
    await cancel(id, false)
    await expect(change(id, price, 1, 'none')).rejects.toMatchObject({ code: 'subscription_ended', outcome: 'failed' })
  })
})
