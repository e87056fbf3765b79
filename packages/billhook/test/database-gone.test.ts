import pg from 'pg'
import { expect, it } from 'vitest'
import { isDatabaseUnavailable, openPostgres } from '../src/db/index.ts'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import { createTestDatabase, describeWithPostgres } from '../src/testing/postgres/index.ts'
import { openShop } from './support/sandbox-shop.ts'
import { webhookSecret } from './support/send-event.ts'
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
