import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StripeEvent } from '../../testing/stripe-emulator/index.ts'
import type { ProviderEvent } from '../provider-event.ts'
import { type EmulatedAccount, emulatedSecret, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

/** A year in the life of a few subscriptions: trial, renewals, failures, changes, ends. */
async function live(): Promise<void> {
  const { provider, operation, emulator } = account
  const [steady, failing] = [
    await account.subscribe({ trialDays: 14 }),
    await account.subscribe({ card: '4000000000000341' }),
  ]
  const yearly = await account.subscribe({ price: await account.publish(49000, 'year') })
  await account.openSession()
  emulator.clock.advance('P1M')
  const { items } = await provider.retrieveSubscription(steady)
  const externalPriceId = await account.publish(9900)
  const change = {
    externalSubscriptionId: steady,
    items: items.map(({ externalItemId }) => ({ externalItemId, externalPriceId, quantity: 2 })),
    proration: 'immediate' as const,
  }
  await provider.updateSubscription(change, operation('update_subscription', change))
  const end = { externalSubscriptionId: steady, atPeriodEnd: true }
  await provider.cancelSubscription(end, operation('cancel_subscription', end))
  const now = { externalSubscriptionId: failing, atPeriodEnd: false }
  await provider.cancelSubscription(now, operation('cancel_subscription', now))
  emulator.clock.advance('P1Y')
  expect(await provider.retrieveSubscription(yearly)).toMatchObject({ status: 'active' })
  expect(await provider.retrieveSubscription(steady)).toMatchObject({ status: 'canceled' })
}

async function receive(render?: (event: StripeEvent) => StripeEvent): Promise<ProviderEvent[]> {
  const deliveries = account.emulator.signed({
    events: account.emulator.events,
    secret: emulatedSecret,
    signedAt: 1_800_000_000,
    ...(render && { render }),
  })
  const now = new Date(1_800_000_000_000)
  const events: ProviderEvent[] = []
  for (const { body, headers } of deliveries) {
    const verified = await account.provider.constructWebhookEvent(
      new TextEncoder().encode(body),
      new Headers(headers),
      { now },
    )
    for (const event of verified) events.push(...account.provider.handleWebhookEvent(event))
  }
  return events
}

/** Today's webhooks never show payments, those from before basil named the intent of a paid invoice. */
function withoutPayments(event: ProviderEvent): ProviderEvent {
  if (!event.kind.startsWith('invoice.') || !('snapshot' in event)) return event
  return { ...event, snapshot: { ...event.snapshot, payments: null } } as ProviderEvent
}

describe("Stripe's deliveries", () => {
  it('are all understood, and mean the same to an endpoint pinned to an old version', async () => {
    await live()
    const today = await receive()
    const kinds = new Set(today.map((event) => event.kind))
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'checkout.completed',
        'checkout.expired',
        'subscription.created',
        'subscription.updated',
        'subscription.deleted',
        'subscription.trial_will_end',
        'invoice.created',
        'invoice.finalized',
        'invoice.paid',
        'invoice.payment_failed',
      ]),
    )
    const old = await receive(account.emulator.toLegacyShape)
    expect(old.map(withoutPayments)).toEqual(today.map(withoutPayments))
  })

  it('say of every object what reading it says', async () => {
    const id = await account.subscribe()
    account.emulator.clock.advance('P1M')
    const last = (await receive()).findLast((event) => event.kind === 'subscription.updated')
    expect(last).toMatchObject({ snapshot: await account.provider.retrieveSubscription(id) })
  })
})
