import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sequentialIds } from '../primitives/index.ts'
import { describeWithPostgres, openTestDatabase } from '../testing/postgres/index.ts'
import type { Database } from './database.ts'
import { lockOrganization } from './lock.ts'
import { asPlatform, inOrganization, inOrganizations, oneOf, rowsOf } from './scope.ts'

const ids = sequentialIds()
let db: Database
beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(() => db.close())

it('refuses a scope inside a scope, which the embedded database would wait for in vain', async () => {
  await expect(asPlatform(db, () => asPlatform(db, async () => 1))).rejects.toThrow('a scope was opened inside a scope')
})

it('lets what a scope left running open one of its own', async () => {
  let later: Promise<number> = Promise.resolve(0)
  let release = (): void => {}
  const ended = new Promise<void>((resolve) => {
    release = resolve
  })
  await asPlatform(db, async () => {
    later = ended.then(() => asPlatform(db, async () => 2))
  })
  release()
  expect(await later).toBe(2)
})

describe('a scope of several organizations', () => {
  const [first, second, third] = [ids.next('organization'), ids.next('organization'), ids.next('organization')]
  const seen = (organizationIds: string[]) =>
    inOrganizations(db, { organizationIds, ask: `select current_user as role` }, async ({ tx }, { asked, locked }) => ({
      customers: await rowsOf(tx.execute(sql`select provider from billhook.customers order by provider`)),
      asked,
      locked: [...locked].sort(),
    }))

  beforeAll(async () => {
    for (const [n, id] of [first, second, third].entries()) {
      await asPlatform(db, ({ tx }) =>
        tx.execute(sql`insert into billhook.organizations (id, external_id, name, email, country, currency, timezone, metadata, created_at, updated_at)
          values (${id}, ${id}, 'n', 'a@b.test', 'DE', 'EUR', 'UTC', '{}', now(), now())`),
      )
      await inOrganization(db, id, ({ tx }) =>
        tx.execute(sql`insert into billhook.customers (id, organization_id, provider, provider_kind, external_customer_id, created_at, updated_at)
          values (${ids.next('customer')}, ${id}, ${'abc'[n]}, 'sandbox', ${id}, now(), now())`),
      )
    }
  })

  it('sees the rows of those that were named and no others, and asks the platform its one question first', async () => {
    expect(await seen([first, third])).toEqual({
      customers: [{ provider: 'a' }, { provider: 'c' }],
      asked: [{ role: 'billhook_platform' }],
      locked: [first, third],
    })
    expect((await seen([second])).customers).toEqual([{ provider: 'b' }])
    expect((await seen([])).customers).toEqual([])
  })

  it('writes for nobody else, and hands out the scope of nobody else', async () => {
    await inOrganizations(db, { organizationIds: [first], ask: 'select 1' }, async (scope) => {
      expect(oneOf(scope, first).organizationId).toBe(first)
      expect(() => oneOf(scope, second)).toThrow('is not in this scope')
      const changed = sql`update billhook.customers set name = 'mine' where organization_id = ${second} returning id`
      expect(await rowsOf(scope.tx.execute(changed))).toEqual([])
    })
  })

  it('is not opened for what is no id of ours', async () => {
    for (const id of [`${first},${second}`, "bhorg_' or true --", '']) {
      await expect(seen([id])).rejects.toThrow('is no organization id of ours')
    }
  })
})

// The embedded database has one connection: nobody else can hold a lock.
describeWithPostgres('a scope of several organizations', () => {
  it('gets the locks that are free, and waits for none', async () => {
    const [busy, free] = [ids.next('organization'), ids.next('organization')]
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holding = inOrganization(db, busy, async (scope) => {
      await lockOrganization(scope)
      held.resolve()
      await release.promise
    })
    await held.promise
    try {
      const ask = { organizationIds: [busy, free], ask: 'select 1' }
      expect([...(await inOrganizations(db, ask, async (_, { locked }) => locked))]).toEqual([free])
    } finally {
      release.resolve()
      await holding
    }
  })
})
