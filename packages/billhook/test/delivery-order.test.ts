import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atProvider } from './support/at-provider.ts'
import { deliver, forget, openInbox } from './support/deliveries.ts'
import { cards, openShop, type Shop, sandboxOf, selectRows } from './support/sandbox-shop.ts'

/** Every row that deliveries decide, without ids and without the traces of how it came to be. */
async function stateOf(shop: Shop) {
  const subscriptions = await selectRows(
    shop.billing,
    `select b.external_subscription_id, b.external_status, b.role, s.status, l.key plan, p.key price, s.quantity, s.started_at,
       s.current_period_start, s.current_period_end, s.billing_anchor_at, s.paid_through_at, s.grace_started_at, s.trial_start,
       s.trial_end, s.cancel_at, s.canceled_at, s.ended_at, s.next_action_at, s.cycle_no
     from billhook.bindings b join billhook.subscriptions s on s.id = b.subscription_id
     join billhook.plans l on l.id = s.plan_id join billhook.prices p on p.id = s.price_id order by 1`,
  )
  const invoices = await selectRows(
    shop.billing,
    `select i.external_invoice_id, i.status, i.number, i.total, i.amount_due, i.amount_paid, i.amount_remaining, i.period_start,
       i.period_end, i.paid_at, i.attempt_count, i.next_payment_attempt_at, i.subscription_id is not null as has_subscription,
       (select json_agg(json_build_array(l.description, l.amount, l.quantity) order by l.ordinal)
          from billhook.invoice_lines l where l.invoice_id = i.id) as lines
     from billhook.invoices i order by 1`,
  )
  const payments = await selectRows(
    shop.billing,
    'select external_payment_id, status, amount, decline_code, attempt_no from billhook.payments order by 1',
  )
  const periods = await selectRows(
    shop.billing,
    `select b.external_subscription_id, p.ordinal, p.start_at, p.end_at from billhook.subscription_periods p
     join billhook.bindings b on b.id = p.binding_id order by 1, 2`,
  )
  const items = await selectRows(
    shop.billing,
    'select external_item_id, external_price_id, quantity from billhook.subscription_items order by 1',
  )
  const sessions = await selectRows(
    shop.billing,
    'select external_session_id, status, subscription_id is not null as done from billhook.checkout_sessions order by 1',
  )
  return { subscriptions, invoices, payments, periods, items, sessions }
}

/** One history at the provider, told by its deliveries alone. */
interface History {
  name: string
  card: string
  live(shop: Shop, externalSubscriptionId: string): Promise<unknown>
}

const histories: readonly History[] = [
  {
    name: 'renewed twice, an end scheduled, taken back, scheduled again and reached',
    card: cards.pays,
    live: async (shop, id) => {
      const { cancel, reactivate } = atProvider(sandboxOf(shop.billing))
      await shop.advance('P1M')
      await cancel(id, true)
      await shop.advance('P2D')
      await reactivate(id)
      await shop.advance('P1M')
      await cancel(id, true)
      await shop.advance('P1M')
    },
  },
  {
    name: 'paused twice, which moves the end of the period each time, then renewed',
    card: cards.pays,
    live: async (shop, id) => {
      const { pause, resume } = atProvider(sandboxOf(shop.billing))
      for (let times = 0; times < 2; times += 1) {
        await shop.advance('P3D')
        await pause(id)
        await shop.advance('P5D')
        await resume(id)
      }
      await shop.advance('P2M')
    },
  },
  {
    name: 'a renewal that fails again and again and is still owed',
    card: cards.failsLater,
    live: (shop) => shop.advance('P1M').then(() => shop.advance('P6D')),
  },
  {
    name: 'a renewal that fails, is paid by hand, renews, and an end at once',
    card: cards.failsLater,
    live: async (shop, id) => {
      const provider = sandboxOf(shop.billing)
      await shop.advance('P1M')
      await shop.advance('P4D')
      const open = (await provider.listInvoices({ externalSubscriptionId: id })).data.find(
        ({ status }) => status === 'open',
      )
      await shop.pay(open?.hostedUrl ?? null, cards.pays)
      await shop.advance('P1M')
      await atProvider(provider).cancel(id, false)
      await shop.settle()
    },
  },
]

describe.each(histories)('deliveries about a subscription: $name', ({ card, live }) => {
  let shop: Shop
  let inOrder: Awaited<ReturnType<typeof stateOf>>
  beforeAll(async () => {
    shop = await openShop({ capture: true })
    const session = await shop.checkout()
    await shop.pay(session.url, card)
    await shop.settle()
    const [subscription] = (await sandboxOf(shop.billing).listSubscriptions({})).data
    await live(shop, subscription?.externalSubscriptionId ?? '')
    await deliver(shop, shop.deliveries)
    inOrder = await stateOf(shop)
  })
  afterAll(() => shop.close())

  it('leave the state that the provider has, when they come in order', async () => {
    expect(inOrder.subscriptions).toHaveLength(1)
    expect(inOrder.invoices.length).toBeGreaterThan(1)
    expect(await openInbox(shop)).toEqual([])
  })

  it('leave the same state in any order and any number', async () => {
    const all = fc.array(fc.nat({ max: shop.deliveries.length - 1 }), { maxLength: 6 }).chain((repeats) => {
      const indexes = [...shop.deliveries.keys(), ...repeats]
      return fc.shuffledSubarray(indexes, { minLength: indexes.length })
    })
    await fc.assert(
      fc.asyncProperty(all, async (order) => {
        await forget(shop)
        await deliver(
          shop,
          order.flatMap((index) => shop.deliveries[index] ?? []),
        )
        expect(await openInbox(shop)).toEqual([])
        expect(await stateOf(shop)).toEqual(inOrder)
      }),
      { seed: 20260131, numRuns: 6, endOnFailure: true },
    )
  })
})
