import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listAlerts } from '../src/domain/alerts/index.ts'
import { PaymentProviderError } from '../src/providers/provider.ts'
import type { SandboxSubscription } from '../src/providers/sandbox/objects.ts'
import { listWebhookEvents, replayWebhookEvent } from '../src/webhooks/index.ts'
import {
  addOrganization,
  cards,
  listEvents,
  openShop,
  type Shop,
  selectRows,
  shopActions,
} from './support/sandbox-shop.ts'
import { eventOf, send, webhookSecret } from './support/send-event.ts'
import { troubledSandbox } from './support/troubled-sandbox.ts'

describe('an event', () => {
  const sandbox = troubledSandbox
  let shop: Shop
  let provider: ReturnType<ReturnType<typeof sandbox>['provider']>
  let told: SandboxSubscription
  beforeEach(async () => {
    const troubled = troubledSandbox({ webhookSecret })
    shop = await openShop({
      capture: true,
      providers: { sandbox: troubled.make },
      settings: { webhookAttempts: 3 },
    })
    provider = troubled.provider()
    told = await subscribed()
  })
  afterEach(() => shop.close())

  /** A subscription that was bought and heard of; what the provider says about it. */
  const subscribed = async (): Promise<SandboxSubscription> => {
    const session = await shop.checkout()
    await shop.pay(session.url)
    await shop.settle()
    await arrive()
    const created = eventsOfLast.find(({ type }) => type === 'subscription.created')
    if (created?.data.object !== 'subscription') throw new Error('the sandbox told of no subscription')
    return created.data
  }
  let eventsOfLast: Array<ReturnType<typeof eventOf>> = []
  const arrive = async () => {
    const arriving = shop.deliveries.splice(0)
    eventsOfLast = arriving.map(eventOf)
    for (const delivery of arriving) await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
    await shop.billing.runJobs()
  }
  const minute = (count: number) => new Date(Date.UTC(2026, 0, 31, 10, count))
  const tell = async (at: Date, change: Partial<SandboxSubscription>, type = 'subscription.updated' as const) => {
    await send(shop, { type, at, data: { ...told, ...change } })
    await shop.billing.runJobs()
  }
  const seats = (quantity: number) => ({ items: told.items.map((item) => ({ ...item, quantity })) })
  const inbox = async () => (await listWebhookEvents(shop.ctx, { limit: 100 })).data
  const latest = async () => (await inbox())[0]
  const alerts = async () => (await listAlerts(shop.ctx, { status: 'open', limit: 100 })).data
  const quantity = async () => (await shop.current()).quantity

  it('that tells something newer is applied, and one that tells something older is not', async () => {
    await tell(minute(10), seats(5))
    expect(await quantity()).toBe(5)
    await tell(minute(9), seats(9))
    expect(await latest()).toMatchObject({ status: 'processed' })
    expect(await quantity()).toBe(5)
  })

  it('of the same second as another that says something else is settled by asking the provider', async () => {
    await tell(minute(10), seats(5))
    const asked = provider.done.get('retrieveSubscription') ?? 0
    await tell(minute(10), seats(7))
    expect(provider.done.get('retrieveSubscription')).toBe(asked + 1)
    expect(await quantity()).toBe(1)
  })

  it('that must be asked about waits while the provider cannot be asked, and changes nothing', async () => {
    await tell(minute(10), seats(5))
    provider.troubles.set('retrieveSubscription', 'down')
    await tell(minute(10), seats(7))
    expect(await latest()).toMatchObject({ status: 'failed', reason: expect.stringContaining('provider_unavailable') })
    expect((await latest())?.dueAt.getTime()).toBeGreaterThan(shop.billing.clock.now().getTime())
    expect(await quantity()).toBe(5)
    provider.troubles.clear()
    shop.billing.clock.advanceMs(60_000)
    await shop.billing.runJobs()
    expect(await latest()).toMatchObject({ status: 'processed', reason: null })
    expect(await quantity()).toBe(1)
  })

  it('never revives what has ended', async () => {
    await tell(minute(10), {
      status: 'canceled',
      ended_at: minute(10).toISOString(),
      canceled_at: minute(10).toISOString(),
    })
    const ended = { status: 'canceled', endedAt: minute(10), paidThroughAt: minute(10) }
    expect(await shop.current()).toMatchObject(ended)
    await tell(minute(20), {})
    expect(await latest()).toMatchObject({ status: 'processed' })
    expect(await shop.current()).toMatchObject(ended)
  })

  it('that cannot be understood holds up its own line alone, is tried again ever later, and is dead in the end', async () => {
    const other = shopActions(shop.billing, await addOrganization(shop.billing, 'other'))
    const poison = { ...told, object: 'invoice' } as never
    await send(shop, { type: 'subscription.updated', at: minute(10), data: poison })
    await tell(minute(20), seats(5))
    const session = await other.checkout()
    await other.pay(session.url)
    await shop.settle()
    await arrive()
    expect(await other.current()).toMatchObject({ status: 'active' })
    expect(await quantity()).toBe(1)
    const waits: number[] = []
    for (let attempt = 1; attempt < 3; attempt++) {
      const failed = (await inbox()).find(({ status }) => status === 'failed')
      expect(failed).toMatchObject({ attempts: attempt })
      waits.push((failed?.dueAt.getTime() ?? 0) - shop.billing.clock.now().getTime())
      shop.billing.clock.advanceMs(waits.at(-1) ?? 0)
      await shop.billing.runJobs()
    }
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0)
    const dead = (await inbox()).find(({ status }) => status === 'dead')
    expect(dead).toMatchObject({ attempts: 3 })
    expect(await alerts()).toMatchObject([{ kind: 'webhook_dead', subject: dead?.id, severity: 'critical' }])
    // The line goes on without it.
    expect(await quantity()).toBe(5)
  })

  it('that died can be replayed once its cause is mended', async () => {
    const bought = await otherSubscriptionAtUnmappedPrice()
    for (let attempt = 0; attempt < 3; attempt++) {
      shop.billing.clock.advanceMs(3_600_000)
      await shop.billing.runJobs()
    }
    const dead = (await inbox()).filter(({ status }) => status === 'dead')
    expect(dead.length).toBeGreaterThan(0)
    expect(await alerts()).toContainEqual(expect.objectContaining({ kind: 'unmapped_price' }))
    await selectRows(
      shop.billing,
      `update billhook.provider_prices set external_price_id = '${bought.price}' where external_price_id = 'lost'`,
    )
    for (const { id } of dead) await replayWebhookEvent(shop.ctx, { webhookEventId: id, actor: 'a person' })
    await shop.billing.runJobs()
    expect((await inbox()).filter(({ status }) => status === 'dead')).toEqual([])
    expect(await bought.current()).toMatchObject({ status: 'active' })
    expect(
      await selectRows(shop.billing, `select actor from billhook.audit_log where action = 'replay_webhook_event'`),
    ).toHaveLength(dead.length)
  })

  /** Another organization buys, and before anything is heard of it the price is one of ours no more. */
  const otherSubscriptionAtUnmappedPrice = async () => {
    const other = shopActions(shop.billing, await addOrganization(shop.billing, 'other'))
    await other.pay((await other.checkout()).url)
    await shop.settle()
    const price = told.items[0]?.price ?? ''
    await selectRows(
      shop.billing,
      `update billhook.provider_prices set external_price_id = 'lost' where external_price_id = '${price}'`,
    )
    await arrive()
    return { ...other, price }
  }

  it('about an object of another organization is ignored with an alert, whatever its metadata say', async () => {
    const otherId = await addOrganization(shop.billing, 'other')
    const other = shopActions(shop.billing, otherId)
    await other.checkout()
    const [row] = await selectRows<{ id: string }>(
      shop.billing,
      `select external_customer_id as id from billhook.customers where organization_id = '${otherId}'`,
    )
    const foreign = { ...told, id: 'sbx_sub_foreign', customer: row?.id ?? '' }
    await send(shop, { type: 'subscription.created', at: minute(10), data: foreign })
    await shop.billing.runJobs()
    expect(await latest()).toMatchObject({ status: 'ignored', reason: expect.stringContaining('foreign') })
    expect(await alerts()).toMatchObject([{ kind: 'foreign_reference', severity: 'critical' }])
    await expect(other.current()).rejects.toMatchObject({ code: 'no_subscription' })
    expect(await shop.billing.listSubscriptions({ organizationId: shop.organizationId })).toMatchObject({
      data: [{ externalSubscriptionId: told.id }],
    })
  })

  it('about nothing of ours, or of a type nobody knows, is kept as ignored and says why', async () => {
    await send(shop, {
      type: 'subscription.created',
      at: minute(10),
      data: { ...told, customer: 'sbx_cus_unknown', id: 'sbx_sub_unknown', metadata: {} },
    })
    await send(shop, { type: 'surprise', at: minute(10), data: told })
    await shop.billing.runJobs()
    expect((await inbox()).slice(0, 2)).toMatchObject([
      { status: 'ignored', reason: expect.stringContaining('surprise') },
      { status: 'ignored', reason: expect.stringContaining('not ours') },
    ])
    expect(await alerts()).toEqual([])
  })

  it('whose signature is wrong leaves no trace', async () => {
    const before = (await inbox()).length
    const headers = new Headers({ 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' })
    const forged = shop.billing.receiveWebhook({
      provider: 'sandbox',
      rawBody: new TextEncoder().encode('{}'),
      headers,
    })
    await expect(forged).rejects.toMatchObject({ code: 'invalid_signature', status: 400 })
    expect(await inbox()).toHaveLength(before)
  })

  it('with a price that is none of ours keeps the plan, moves the period and raises an alert', async () => {
    const period = { current_period_start: '2026-02-28T10:00:00.000Z', current_period_end: '2026-03-31T10:00:00.000Z' }
    const items = told.items.map((item) => ({ ...item, price: 'sbx_price_of_somebody' }))
    await tell(new Date('2026-02-28T10:00:00Z'), { ...period, items })
    expect(await shop.current()).toMatchObject({
      planKey: 'starter',
      priceKey: 'starter-monthly',
      currentPeriodEnd: new Date('2026-03-31T10:00:00Z'),
    })
    expect(await alerts()).toMatchObject([{ kind: 'unmapped_price', subject: (await shop.current()).id }])
  })

  describe('about a second paid subscription', () => {
    /** As two tabs, or somebody at the provider's dashboard, can make one. */
    const buyAgain = async (): Promise<string> => {
      const operation = {
        id: 'bhop_second',
        kind: 'create_checkout_session' as const,
        idempotencyKey: 'second',
        startedAt: minute(0),
      }
      const input = {
        externalCustomerId: told.customer,
        externalPriceId: told.items[0]?.price ?? '',
        quantity: 4,
        trialDays: 0,
        successUrl: 'https://a.test/ok',
        cancelUrl: 'https://a.test/no',
        reference: { organizationId: shop.organizationId },
      }
      const session = await provider.createCheckoutSession(input, { ...operation, input })
      await shop.pay(session.url, cards.pays)
      await shop.settle()
      const events = shop.deliveries.map(eventOf)
      return events.find(({ type }) => type === 'subscription.created')?.data.id ?? ''
    }
    const original = () => selectRows(shop.billing, 'select * from billhook.subscriptions order by id')
    const resolved = async () => (await listAlerts(shop.ctx, { status: 'resolved', limit: 100 })).data
    /** What was paid and given back, the newest first. */
    const money = async () =>
      (await shop.billing.listPayments({ organizationId: shop.organizationId })).data.map(
        ({ amount, amountRefunded }) => [amount, amountRefunded],
      )

    it('keeps it as a duplicate, raises an alert, cancels it at its provider, and gives the money back', async () => {
      const before = await original()
      const duplicate = await buyAgain()
      await arrive()
      await arrive()
      expect(await original()).toEqual(before)
      expect((await shop.current()).bindings).toMatchObject([
        { role: 'billing', externalSubscriptionId: told.id },
        { role: 'duplicate', externalSubscriptionId: duplicate },
      ])
      expect((await shop.current()).items).toHaveLength(1)
      expect(await alerts()).toEqual([])
      expect(await resolved()).toMatchObject([
        { kind: 'duplicate_subscription', severity: 'critical', facts: { canceled: true, refunded: true } },
      ])
      expect(await money()).toEqual([
        [4000, 4000],
        [1000, 0],
      ])
      expect(await provider.retrieveSubscription(duplicate)).toMatchObject({ status: 'canceled' })
      expect(await provider.retrieveSubscription(told.id)).toMatchObject({ status: 'active' })
    })

    it('gives the money back once, however often its refund is refused or its answer lost before', async () => {
      const { refunds } = provider
      if (!refunds) throw new Error('the sandbox refunds')
      const { createRefund } = refunds
      const outcomes: Array<'failed' | 'unknown'> = ['failed', 'unknown']
      refunds.createRefund = async (...input) => {
        const outcome = outcomes.shift()
        const made = outcome === 'failed' ? null : await createRefund(...input)
        if (!outcome && made) return made
        const code = outcome === 'failed' ? 'provider_rejected' : 'outcome_unknown'
        throw new PaymentProviderError({ provider: 'sandbox', code, detail: 'not now', outcome: outcome ?? 'failed' })
      }
      await buyAgain()
      await arrive()
      expect(await alerts()).toMatchObject([{ kind: 'duplicate_subscription', facts: { canceled: true } }])
      for (let tries = 0; tries < 4; tries += 1) {
        shop.billing.clock.advanceMs(600_000)
        await shop.billing.runJobs()
        // Asked for, and nobody can say yet whether it was done.
        if (tries === 0) expect(await alerts()).toHaveLength(1)
      }
      expect(await alerts()).toEqual([])
      expect((await money())[0]).toEqual([4000, 4000])
    })

    it('leaves its alert to a person where the provider cannot give money back, until somebody has', async () => {
      Object.assign(provider, { refunds: undefined, capabilities: { ...provider.capabilities, refunds: 'none' } })
      await buyAgain()
      await arrive()
      await arrive()
      expect(await alerts()).toMatchObject([{ kind: 'duplicate_subscription', facts: { canceled: true } }])
      expect((await money())[0]).toEqual([4000, 0])
    })

    it('asks whether the first one still runs, so that nothing is cancelled because an end is heard of late', async () => {
      const end = { externalSubscriptionId: told.id, atPeriodEnd: false }
      const operation = { id: 'bhop_end', kind: 'cancel_subscription' as const, idempotencyKey: 'end' }
      await provider.cancelSubscription(end, { ...operation, input: end, startedAt: minute(0) })
      await shop.settle()
      // Its end is under way, and what follows is faster.
      shop.deliveries.splice(0)
      const successor = await buyAgain()
      await arrive()
      expect(await shop.current()).toMatchObject({ status: 'active', externalSubscriptionId: successor })
      expect(await original()).toMatchObject([{ status: 'canceled' }, { status: 'active' }])
      expect(await alerts()).toEqual([])
      expect(await provider.retrieveSubscription(successor)).toMatchObject({ status: 'active' })
    })

    it('waits while nobody can be asked whether the first one still runs', async () => {
      const before = await original()
      await buyAgain()
      provider.troubles.set('retrieveSubscription', 'down')
      await arrive()
      expect(await original()).toEqual(before)
      expect(await alerts()).toEqual([])
      provider.troubles.clear()
      shop.billing.clock.advanceMs(60_000)
      await shop.billing.runJobs()
      expect([...(await alerts()), ...(await resolved())]).toMatchObject([{ kind: 'duplicate_subscription' }])
    })

    it('leaves the original alone whatever comes later about the duplicate', async () => {
      const before = await original()
      const duplicate = await buyAgain()
      await arrive()
      const end = {
        status: 'canceled' as const,
        ended_at: minute(40).toISOString(),
        canceled_at: minute(40).toISOString(),
      }
      await tell(minute(40), { id: duplicate, ...end }, 'subscription.updated')
      await tell(minute(50), { id: duplicate, ...end, canceled_at: minute(45).toISOString() }, 'subscription.updated')
      expect(await latest()).toMatchObject({ status: 'processed' })
      expect(await original()).toEqual(before)
    })

    it('tries to cancel it until the provider does', async () => {
      provider.troubles.set('cancelSubscription', 'refused')
      const duplicate = await buyAgain()
      await arrive()
      expect(await provider.retrieveSubscription(duplicate)).toMatchObject({ status: 'active' })
      provider.troubles.clear()
      shop.billing.clock.advanceMs(600_000)
      await shop.billing.runJobs()
      expect(await provider.retrieveSubscription(duplicate)).toMatchObject({ status: 'canceled' })
    })
  })

  it('that reminds of a trial’s end is told once, even when the provider had to be asked', async () => {
    const otherId = await addOrganization(shop.billing, 'other')
    const other = shopActions(shop.billing, otherId)
    await other.pay((await other.checkout('trial-monthly')).url)
    await shop.settle()
    await arrive()
    expect(await other.current()).toMatchObject({ status: 'trialing' })
    const trial = eventsOfLast.find(({ type }) => type === 'subscription.created')?.data as SandboxSubscription
    for (const seconds of [2, 3]) {
      // Too close to when the provider was read for two clocks to tell, and not what it said.
      const at = new Date(minute(0).getTime() + seconds * 1000)
      const items = trial.items.map((item) => ({ ...item, quantity: 9 }))
      const asked = provider.done.get('retrieveSubscription') ?? 0
      await send(shop, { type: 'subscription.trial_will_end', at, data: { ...trial, items } })
      await shop.billing.runJobs()
      expect(provider.done.get('retrieveSubscription')).toBe(asked + 1)
    }
    expect(await listEvents(shop.billing, otherId, { type: 'subscription.trial_ending' })).toHaveLength(1)
  })
})
