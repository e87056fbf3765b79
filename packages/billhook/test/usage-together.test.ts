import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, inOrganization, openPostgres, rowsOf, usageLock } from '../src/db/index.ts'
import { createTestBilling } from '../src/testing/create-test-billing.ts'
import { createTestDatabase, describeWithPostgres } from '../src/testing/postgres/index.ts'
import { databases } from './support/databases.ts'
import { listEvents } from './support/sandbox-shop.ts'
import { silentLogger } from './support/silent-logger.ts'
import { addOrganizationIn, openUsageShop, type UsageShop, usageActions } from './support/usage-shop.ts'

const limits = {
  tokens: { limit: 100, meter: 'tokens', window: 'calendar_month' as const },
  visitors: { limit: 5, meter: 'visitors', window: 'calendar_month' as const },
}

describe.each(databases)('usage of several organizations at once, on $name', ({ open }) => {
  let shop: UsageShop
  let db: Database
  beforeAll(async () => {
    db = await open()
    shop = await openUsageShop({ database: db, limits, at: '2026-03-15T12:00:00Z' })
  })
  afterAll(() => shop.close())
  const freshOnes = async (count: number) => {
    const ids: string[] = []
    for (let n = 0; n < count; n++) ids.push(await addOrganizationIn(shop.billing, shop.nextId()))
    return ids.map((organizationId) => ({ organizationId, ...usageActions(shop.billing, organizationId) }))
  }
  const keptOf = (organizationId: string) =>
    inOrganization(db, organizationId, ({ tx }) =>
      rowsOf(
        tx.execute(
          sql`select event_id as id, value::float8 as value, properties from billhook.usage_events order by event_id`,
        ),
      ),
    )

  it('keeps what each has used as its own, in one transaction', async () => {
    const all = await freshOnes(12)
    // The first goes by itself, and all others come meanwhile.
    const answers = await Promise.all(
      all.flatMap(({ take, record }, n) => [
        take('tokens', n + 1, 'same id'),
        record({ id: 'late "one"\\', meter: 'tokens', quantity: 2, properties: { model: `{m,"${n}"}\\` } }),
        record({ id: 'visit', meter: 'visitors', properties: { visitor: `v${n % 2}` } }),
      ]),
    )
    expect(answers.filter((answer) => 'isDuplicate' in answer && answer.isDuplicate)).toEqual([])
    for (const [n, { organizationId, used, entitlement }] of all.entries()) {
      expect(await keptOf(organizationId)).toEqual([
        { id: 'late "one"\\', value: 2, properties: { model: `{m,"${n}"}\\` } },
        { id: 'same id', value: n + 1, properties: {} },
        { id: 'visit', value: 1, properties: { visitor: `v${n % 2}` } },
      ])
      expect(await used('tokens')).toBe(n + 3)
      expect(await entitlement('tokens')).toMatchObject({ used: n + 3, remaining: 97 - n })
      expect(await entitlement('visitors')).toMatchObject({ used: 1 })
    }
    const repeated = await Promise.all(all.map(({ take }, n) => take('tokens', n + 1, 'same id')))
    expect(repeated.every(({ isDuplicate }) => isDuplicate)).toBe(true)
  })
  it('tells each what it has reached', async () => {
    const all = await freshOnes(6)
    await Promise.all(all.map(({ take }, n) => take('tokens', n % 2 === 0 ? 80 : 79)))
    for (const [n, { organizationId }] of all.entries()) {
      const told = await listEvents(shop.billing, organizationId, { type: 'usage.threshold_reached' })
      expect(told.map(({ sequence, data }) => [sequence, data.threshold])).toEqual(n % 2 === 0 ? [[1, 80]] : [])
    }
  })
  it('gives each what was granted to it, and to nobody else', async () => {
    const all = await freshOnes(5)
    const granted = { feature: 'tokens', value: { limit: 150, meter: 'tokens' }, reason: 'a test', actor: 'test' }
    await shop.billing.createGrant({ ...granted, organizationId: all[2]?.organizationId ?? '' })
    const taken = await Promise.all(all.map(({ take }) => take('tokens', 120)))
    expect(taken.map(({ allowed }) => allowed)).toEqual([false, false, true, false, false])
  })
  it('lets nobody fail for another one', async () => {
    const all = await freshOnes(5)
    const nobody = all[0]?.organizationId.replace(/.$/, (last) => (last === '0' ? '1' : '0')) ?? ''
    const ghost = usageActions(shop.billing, nobody)
    const ends = await Promise.allSettled([...all, ghost].map(({ take }) => take('tokens', 1)))
    expect(ends.map(({ status }) => status)).toEqual([...all.map(() => 'fulfilled'), 'rejected'])
    for (const { used } of all) expect(await used('tokens')).toBe(1)
  })
})

describeWithPostgres('usage of several organizations in several processes', () => {
  it('waits for whoever is at one of them, and for nobody with the others', async () => {
    const { url, drop } = await createTestDatabase()
    const database = await openPostgres({ url, logger: silentLogger })
    const elsewhere = await openPostgres({ url, logger: silentLogger })
    const shop = await openUsageShop({ database, limits, at: '2026-03-15T12:00:00Z' })
    const take = (organizationId: string) => shop.billing.consume({ organizationId, feature: 'tokens', id: 'x' })
    const free = await addOrganizationIn(shop.billing, 'free-one')
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holding = inOrganization(elsewhere, shop.organizationId, async ({ tx }) => {
      await tx.execute(usageLock(shop.organizationId))
      held.resolve()
      await release.promise
    })
    await held.promise
    let isBusyDone = false
    const others = [take(free), take(shop.organizationId).finally(() => (isBusyDone = true))]
    expect(await others[0]).toMatchObject({ allowed: true })
    expect(await shop.billing.consume({ organizationId: free, feature: 'tokens', id: 'y' })).toMatchObject({ used: 2 })
    expect(isBusyDone).toBe(false)
    release.resolve()
    await holding
    expect(await others[1]).toMatchObject({ allowed: true, used: 1 })
    await shop.close()
    await elsewhere.close()
    await drop()
  })

  it('takes no more than there is of any of them, and counts each once', async () => {
    const { url, drop } = await createTestDatabase()
    const services = await Promise.all(
      [1, 2].map(async () =>
        createTestBilling({ database: await openPostgres({ url, logger: silentLogger }), at: '2026-03-15T12:00:00Z' }),
      ),
    )
    const [first] = services
    if (!first) throw new Error('there is a first one')
    await first.createMeter({ key: 'tokens', aggregation: 'sum' })
    await first.createPlan({ key: 'free', name: 'Free', isDefault: true, limits: { tokens: limits.tokens } })
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => addOrganizationIn(first, name)))
    const allowed = new Map(ids.map((id) => [id, 0]))
    let next = 0
    const worker = async (service: (typeof services)[number]) => {
      for (let n = next++; n < 600; n = next++) {
        const organizationId = ids[n % ids.length] ?? ''
        const consumption = await service.consume({ organizationId, feature: 'tokens', id: `c${n}` })
        if (consumption.allowed) allowed.set(organizationId, (allowed.get(organizationId) ?? 0) + 1)
      }
    }
    await Promise.all(services.flatMap((service) => Array.from({ length: 16 }, () => worker(service))))
    expect([...allowed.values()]).toEqual([100, 100, 100, 100])
    for (const organizationId of ids)
      expect(await first.getUsage({ organizationId, meter: 'tokens' })).toMatchObject({ value: 100 })
    for (const service of services) await service.close()
    await drop()
  })
})
