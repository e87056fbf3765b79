import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { sequentialIds } from '../primitives/index.ts'
import { openTestDatabase } from '../testing/postgres/index.ts'
import type { Database } from './database.ts'
import { lockOrganization } from './lock.ts'
import { prepared } from './prepared.ts'
import { asPlatform, inOrganization, inOrganizations, oneOf, rowsOf } from './scope.ts'
import { sqlState } from './sql-error.ts'

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

/** Whoever quotes it wrongly ends in a syntax error, or worse. */
const awkward = `it's $q$ \\ \\' $qq$; select 1 $1 $`

describe('a scope of several organizations', () => {
  const [first, second, third] = [ids.next('organization'), ids.next('organization'), ids.next('organization')]
  const question = {
    platform: sql`select current_user as role, ${awkward}::text as given`,
    organizations: sql`select provider from billhook.customers where provider <> ${'z'} order by provider`,
  }
  const seen = (organizationIds: string[]) =>
    inOrganizations(db, { organizationIds, question }, async ({ tx }, { locked, ...asked }) => ({
      customers: await rowsOf(tx.execute(sql`select provider from billhook.customers order by provider`)),
      asked: [asked.platform, asked.organizations],
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

  it('sees the rows of those that were named and no others, and is answered what it asked as each role', async () => {
    expect(await seen([first, third])).toEqual({
      customers: [{ provider: 'a' }, { provider: 'c' }],
      asked: [[{ role: 'billhook_platform', given: awkward }], [{ provider: 'a' }, { provider: 'c' }]],
      locked: [first, third],
    })
    expect((await seen([second])).customers).toEqual([{ provider: 'b' }])
    expect((await seen([])).customers).toEqual([])
  })

  it('writes for nobody else, and hands out the scope of nobody else', async () => {
    await inOrganizations(db, { organizationIds: [first] }, async (scope) => {
      expect(oneOf(scope, first).organizationId).toBe(first)
      expect(() => oneOf(scope, second)).toThrow('is not in this scope')
      const changed = sql`update billhook.customers set name = 'mine' where organization_id = ${second} returning id`
      expect(await rowsOf(scope.tx.execute(changed))).toEqual([])
    })
  })

  it('executes its closing statements with the commit, or takes everything back', async () => {
    const rename = (name: string) => sql`update billhook.customers set name = ${name} where organization_id = ${first}`
    const names = async () =>
      inOrganization(db, first, ({ tx }) => rowsOf(tx.execute(sql`select name from billhook.customers`)))
    await inOrganizations(db, { organizationIds: [first] }, async (_, { closing }) => {
      closing.push(rename(awkward))
    })
    expect(await names()).toEqual([{ name: awkward }])
    const failing = inOrganizations(db, { organizationIds: [first] }, async ({ tx }, { closing }) => {
      await tx.execute(rename('before'))
      closing.push(rename('after'), sql`select 1 / ${0}::int`)
    })
    await expect(failing).rejects.toThrow()
    expect(await names()).toEqual([{ name: awkward }])
  })

  it('takes everything back when only the commit fails, and says why', async () => {
    const failing = inOrganizations(db, { organizationIds: [first] }, async ({ tx }, { closing }) => {
      await tx.execute(sql`create temp table once (value int unique deferrable initially deferred) on commit drop`)
      closing.push(
        sql`update billhook.customers set name = ${'too early'} where organization_id = ${first}`,
        sql`insert into once values (${1}), (${1})`,
      )
    })
    expect(sqlState(await failing.catch((error: unknown) => error))).toBe('23505')
    expect((await seen([first])).customers).toEqual([{ provider: 'a' }])
    const named = sql`select name from billhook.customers where name = 'too early'`
    expect(await inOrganization(db, first, ({ tx }) => rowsOf(tx.execute(named)))).toEqual([])
  })

  it('takes everything back when a closing statement has a value that cannot be sent', async () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const failing = inOrganizations(db, { organizationIds: [first] }, async ({ tx }, { closing }) => {
      await tx.execute(sql`update billhook.customers set name = 'half' where organization_id = ${first}`)
      closing.push(prepared`select ${circular}::jsonb`)
    })
    await expect(failing).rejects.toThrow()
    const half = sql`select name from billhook.customers where name = 'half'`
    expect(await inOrganization(db, first, ({ tx }) => rowsOf(tx.execute(half)))).toEqual([])
  })

  it('is not opened for what is no id of ours', async () => {
    for (const id of [`${first},${second}`, "bhorg_' or true --", '']) {
      await expect(seen([id])).rejects.toThrow('is no organization id of ours')
    }
  })
})

// The embedded database has one connection: nobody else can hold a lock.
describe.skipIf(inject('testServer').kind === 'pglite')('a scope of several organizations', () => {
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
      const named = { organizationIds: [busy, free] }
      expect([...(await inOrganizations(db, named, async (_, { locked }) => locked))]).toEqual([free])
    } finally {
      release.resolve()
      await holding
    }
  })
})
