import { expect, it } from 'vitest'
import { openPostgres } from '../src/db/index.ts'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import type { SandboxSubscription } from '../src/providers/sandbox/objects.ts'
import { createTestBilling } from '../src/testing/create-test-billing.ts'
import { createTestDatabase, describeWithPostgres } from '../src/testing/postgres/index.ts'
import { applySoon } from '../src/webhooks/apply-soon.ts'
import { takeIn } from '../src/webhooks/take-in.ts'
import { openShop, selectRows } from './support/sandbox-shop.ts'
import { eventOf, type ForgedEvent, sign, webhookSecret } from './support/send-event.ts'
import { silentLogger } from './support/silent-logger.ts'

/** Two processes over one database, and what the provider says about the subscription of somebody who bought. */
async function openProcesses() {
  const { url, drop } = await createTestDatabase()
  const open = async () => ({
    database: await openPostgres({ url, logger: silentLogger }),
    providers: { sandbox: sandboxProvider({ webhookSecret }) },
  })
  const first = await openShop({ capture: true, ...(await open()) })
  const second = await createTestBilling(await open())
  await first.pay((await first.checkout()).url)
  await first.settle()
  for (const delivery of first.deliveries) await first.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
  await first.billing.runJobs()
  const [bought] = first.deliveries
    .map(eventOf)
    .flatMap(({ type, data }) => (type === 'subscription.created' && data.object === 'subscription' ? [data] : []))
  if (!bought) throw new Error('nobody bought')
  const facts = () =>
    selectRows<{ id: string }>(
      first.billing,
      `select id from billhook.billing_events where type = 'subscription.updated' order by position`,
    )
  const inbox = () =>
    selectRows<{ key: string; status: string; attempts: number }>(
      first.billing,
      `select dedupe_key as key, status, attempts from billhook.webhook_events where dedupe_key like 'told_%' order by position`,
    )
  const close = async () => {
    await second.close()
    await first.close()
    await drop()
  }
  return { first, second, bought, facts, inbox, close }
}

const change = (bought: SandboxSubscription, n: number): ForgedEvent => ({
  id: `told_${n}`,
  type: 'subscription.updated',
  at: new Date(Date.UTC(2026, 0, 31, 11, n)),
  data: { ...bought, items: bought.items.map((item) => ({ ...item, quantity: n })) },
})

describeWithPostgres('deliveries to several processes', () => {
  it('of one event are stored, applied and told once', async () => {
    const { first, second, bought, facts, inbox, close } = await openProcesses()
    const before = (await facts()).length
    const quantities = [2, 3, 4, 5]
    const answers = await Promise.all(
      quantities.flatMap((n) =>
        [first.billing, second].map((billing) =>
          billing.receiveWebhook({ provider: 'sandbox', ...sign({ billing }, change(bought, n)) }),
        ),
      ),
    )
    expect(answers.filter(({ duplicate }) => duplicate)).toHaveLength(quantities.length)
    await second.runJobs()
    expect((await inbox()).map(({ status }) => status)).toEqual(quantities.map(() => 'processed'))
    expect(await first.current()).toMatchObject({ quantity: 5 })
    const told = (await facts()).slice(before)
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThanOrEqual(quantities.length)
    await close()
  })

  it('of which one dies between storing and applying are applied once by another, in order, after ten seconds', async () => {
    const { first, second, bought, facts, inbox, close } = await openProcesses()
    const before = (await facts()).length
    const { ctx } = first
    const provider = ctx.providers.getProvider('sandbox')
    const { rawBody, headers } = sign(first, change(bought, 2))
    const events = await provider.constructWebhookEvent(rawBody, headers, { now: ctx.clock.now() })
    const [taken] = await takeIn(
      ctx,
      events.map((event) => ({ provider, event })),
    )
    if (!taken || taken instanceof Error || !taken.ready) throw new Error('it is ready to be applied')
    await second.receiveWebhook({ provider: 'sandbox', ...sign({ billing: second }, change(bought, 3)) })
    await second.runJobs()
    expect((await inbox()).map(({ status }) => status)).toEqual(['received', 'received'])
    second.clock.advanceMs(10_000)
    await second.runJobs()
    expect(await first.current()).toMatchObject({ quantity: 3 })
    const told = await facts()
    expect(told.length - before).toBe(2)
    const ended = await inbox()
    expect(ended.map(({ status }) => status)).toEqual(['processed', 'processed'])
    // It was only slow, and comes to it after all.
    await applySoon(ctx, taken.ready)
    expect(await inbox()).toEqual(ended)
    expect(await facts()).toEqual(told)
    expect(await first.current()).toMatchObject({ quantity: 3 })
    await close()
  })

  it('are applied when their process stops in good order, and at once where no background work runs', async () => {
    const { first, bought, inbox, close } = await openProcesses()
    const receive = (n: number) =>
      first.billing.receiveWebhook({ provider: 'sandbox', ...sign(first, change(bought, n)) })
    first.billing.start()
    await Promise.all([2, 3, 4].map(receive))
    await first.billing.stop()
    expect((await inbox()).map(({ status }) => status)).toEqual(['processed', 'processed', 'processed'])
    expect(await first.current()).toMatchObject({ quantity: 4 })
    await receive(5)
    expect(await first.current()).toMatchObject({ quantity: 5 })
    await close()
  })
})
