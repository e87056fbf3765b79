import pg from 'pg'
import { expect, it } from 'vitest'
import { isDatabaseUnavailable, openPostgres } from '../src/db/index.ts'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import type { SandboxSubscription } from '../src/providers/sandbox/objects.ts'
import { createTestDatabase, describeWithPostgres } from '../src/testing/postgres/index.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'
import { eventOf, sign, webhookSecret } from './support/send-event.ts'
import { silentLogger } from './support/silent-logger.ts'

/** Closes a database to its owner, and what is connected to it, as a server does that restarts; answers how to open it again. */
async function closeDatabase(url: string, adminUrl: string): Promise<() => Promise<void>> {
  const name = new URL(url).pathname.slice(1)
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`alter database ${name} connection limit 0`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  return async () => {
    await admin.query(`alter database ${name} connection limit -1`)
    await admin.end()
  }
}

describeWithPostgres('a database that goes away', () => {
  it('makes the door refuse an event, which is there once its provider sends it again', async () => {
    const database = await createTestDatabase({ owner: 'plain' })
    const elsewhere = await createTestDatabase({ template: 'empty' })
    const shop = await openShop({
      capture: true,
      database: await openPostgres({ url: database.url, logger: silentLogger }),
      providers: { sandbox: sandboxProvider({ webhookSecret }) },
    })
    try {
      await shop.pay((await shop.checkout()).url)
      await shop.settle()
      const receiveAll = () =>
        Promise.allSettled(
          shop.deliveries.map((delivery) => shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })),
        )
      // More often than the pool has connections: none of them may be lost for good.
      const reopen = await closeDatabase(database.url, elsewhere.url)
      const refused = [...(await receiveAll()), ...(await receiveAll()), ...(await receiveAll())]
      await reopen()
      expect(refused.length).toBeGreaterThan(0)
      for (const attempt of refused) {
        expect(attempt.status).toBe('rejected')
        if (attempt.status === 'rejected') expect(isDatabaseUnavailable(attempt.reason)).toBe(true)
      }
      expect((await receiveAll()).map(({ status }) => status)).not.toContain('rejected')
      await shop.billing.runJobs()
      expect(await shop.current()).toMatchObject({ status: 'active' })
    } finally {
      await shop.close()
      await database.drop()
      await elsewhere.drop()
    }
  })
})

describeWithPostgres('connections that are lost while deliveries are under way', () => {
  it('lose nothing that was acknowledged, and the pool goes on', async () => {
    const database = await createTestDatabase()
    const admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
    const shop = await openShop({
      capture: true,
      database: await openPostgres({ url: database.url, logger: silentLogger, poolSize: 4 }),
      providers: { sandbox: sandboxProvider({ webhookSecret }) },
    })
    try {
      const bought = await subscriptionBoughtIn(shop)
      shop.billing.start()
      const acknowledged: string[] = []
      const send = async (n: number): Promise<void> => {
        const id = `sbx_evt_lost_${n}`
        const at = new Date(Date.UTC(2026, 0, 31, 11, 0, n))
        const items = bought.items.map((item) => ({ ...item, quantity: 1 + n }))
        const event = { id, type: 'subscription.updated', at, data: { ...bought, items } } as const
        await shop.billing.receiveWebhook({ provider: 'sandbox', ...sign(shop, event) })
        acknowledged.push(id)
      }
      const ends: Array<PromiseSettledResult<void>> = []
      for (let round = 0; round < 6; round++) {
        const sending = Promise.allSettled(Array.from({ length: 8 }, (_, n) => send(8 * round + n)))
        for (let wait = 0; wait < round; wait++) await new Promise((resolve) => setImmediate(resolve))
        await admin.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        )
        ends.push(...(await sending))
      }
      for (const end of ends) if (end.status === 'rejected') expect(isDatabaseUnavailable(end.reason)).toBe(true)
      await send(1000)
      await shop.billing.stop()
      // What was under way when its connection was lost belongs to nobody any more, and what failed is tried again.
      shop.billing.clock.advanceMs(3_600_000)
      await shop.billing.runJobs()
      const stored = await selectRows<{ key: string }>(
        shop.billing,
        `select dedupe_key as key from billhook.webhook_events where status = 'processed' and dedupe_key like 'sbx_evt_lost_%'`,
      )
      const done = new Set(stored.map(({ key }) => key))
      expect(acknowledged.filter((id) => !done.has(id))).toEqual([])
      expect(await shop.current()).toMatchObject({ quantity: 1001 })
    } finally {
      await shop.close()
      await admin.end()
      await database.drop()
    }
  })
})

async function subscriptionBoughtIn(shop: Shop): Promise<SandboxSubscription> {
  await shop.pay((await shop.checkout()).url)
  await shop.settle()
  for (const delivery of shop.deliveries) await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
  await shop.billing.runJobs()
  const [bought] = shop.deliveries
    .map(eventOf)
    .flatMap(({ type, data }) => (type === 'subscription.created' && data.object === 'subscription' ? [data] : []))
  if (!bought) throw new Error('nobody bought')
  return bought
}
