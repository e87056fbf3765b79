import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, type Shop } from '../../../test/support/sandbox-shop.ts'
import { troubledSandbox } from '../../../test/support/troubled-sandbox.ts'
import type { Context } from '../../context.ts'
import { cancelSubscription, reactivateSubscription } from './cancel-subscription.ts'

describe('who asks for what somebody else has done since he looked', () => {
  const { make, provider } = troubledSandbox()
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop({ providers: { sandbox: make } })
    await shop.pay((await shop.checkout()).url)
    await shop.settle()
  })
  afterAll(() => shop.close())

  /** The same service, in whose second transaction something else has happened since the first. */
  const overtakenBy = (meanwhile: () => Promise<unknown>): Context => {
    const { db } = shop.ctx
    let begun = 0
    const transaction: typeof db.transaction = async (opening, work) => {
      begun += 1
      if (begun === 2) await meanwhile()
      return db.transaction(opening, work)
    }
    return { ...shop.ctx, db: { ...db, transaction } }
  }

  it('is told that it holds, and the provider is asked once', async () => {
    const { id: subscriptionId } = await shop.current()
    const { organizationId } = shop
    const cancel = { organizationId, subscriptionId, atPeriodEnd: true }
    const late = overtakenBy(() => cancelSubscription(shop.ctx, cancel))
    expect(await cancelSubscription(late, cancel)).toMatchObject({
      outcome: 'applied',
      subscription: { cancelAtPeriodEnd: true },
    })
    expect(provider().done.get('cancelSubscription')).toBe(1)

    const back = { organizationId, subscriptionId }
    const lateAgain = overtakenBy(() => reactivateSubscription(shop.ctx, back))
    expect(await reactivateSubscription(lateAgain, back)).toMatchObject({
      outcome: 'applied',
      subscription: { cancelAtPeriodEnd: false },
    })
    expect((await shop.current()).cancelAtPeriodEnd).toBe(false)
  })
})
