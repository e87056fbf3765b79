import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sequentialIds } from '../primitives/index.ts'
import { openTestDatabase } from '../testing/postgres/index.ts'
import type { Database } from './database.ts'
import { together } from './prepared.ts'
import { insertRecords, rowFromRecord, updateRecords } from './records.ts'
import { customers, organizations, webhookEvents } from './schema/index.ts'
import { asPlatform, inOrganization, rowsOf } from './scope.ts'

let db: Database
beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(() => db.close())

const at = new Date('2026-03-01T10:11:12.345Z')
const awkward = `O'Brien \\ "quoted" \\' $1 ? {"a":1} ü 😀 \n\t`
const ids = sequentialIds()
const organization = (name: string) => ({
  id: ids.next('organization'),
  externalId: name,
  name: awkward,
  email: 'a@b.test',
  country: 'DE',
  currency: 'EUR',
  timezone: 'UTC',
  metadata: { [awkward]: awkward },
  createdAt: at,
  updatedAt: at,
})
const stored = (id: string) =>
  asPlatform(db, async ({ tx }) => (await tx.select().from(organizations).where(eq(organizations.id, id)))[0])

it('rows come out as they were put in, however awkward their text', async () => {
  const rows = [organization('one'), organization('two')]
  await asPlatform(db, ({ tx }) => tx.execute(insertRecords(organizations, rows)))
  for (const row of rows) expect(await stored(row.id)).toEqual(row)
  const [record] = await asPlatform(db, ({ tx }) =>
    rowsOf<{ row: Record<string, unknown> }>(
      tx.execute(sql`select to_jsonb(o) as row from billhook.organizations o where id = ${rows[0]?.id}`),
    ),
  )
  expect(rowFromRecord(organizations, record?.row ?? {})).toEqual(rows[0])
})

it('what is undefined is null, a row that is there is left alone or changed as told, and derived columns are never written', async () => {
  const event = {
    id: ids.next('webhookEvent'),
    organizationId: undefined,
    provider: 'sandbox',
    providerKind: 'sandbox',
    dedupeKey: 'evt_once',
    lineKey: 'line',
    type: 'a.b',
    occurredAt: at,
    payloadVersion: null,
    mode: 'test' as const,
    payload: '{}',
    status: 'received' as const,
    attempts: 0,
    dueAt: at,
    receivedAt: at,
  }
  const again = { ...event, id: ids.next('webhookEvent'), type: 'c.d' }
  const key = ['provider', 'dedupeKey'] as const
  await asPlatform(db, async ({ tx }) => {
    await tx.execute(insertRecords(webhookEvents, [event]))
    await tx.execute(insertRecords(webhookEvents, [again], { target: key, set: [] }))
    expect(await tx.select().from(webhookEvents)).toMatchObject([{ id: event.id, type: 'a.b', organizationId: null }])
    await tx.execute(insertRecords(webhookEvents, [again], { target: key, set: ['type'] }))
    expect(await tx.select().from(webhookEvents)).toMatchObject([{ id: event.id, type: 'c.d' }])
  })
})

it('rows say the same in any order of their keys, and what only a later one says is refused, not lost', async () => {
  const owner = organization('four')
  await asPlatform(db, ({ tx }) => tx.execute(insertRecords(organizations, [owner])))
  await inOrganization(db, owner.id, async ({ tx, organizationId }) => {
    const times = { createdAt: at, updatedAt: at }
    const customer = { organizationId, provider: 'p', providerKind: 'sandbox', externalCustomerId: 'cus', ...times }
    const id = ids.next('customer')
    await tx.execute(insertRecords(customers, [{ id, ...customer }]))
    const nameOf = async () => (await tx.select().from(customers).where(eq(customers.id, id))).map(({ name }) => name)
    await tx.execute(updateRecords(customers, [{ id, organizationId, name: 'first' }]))
    expect(await nameOf()).toEqual(['first'])
    await tx.execute(updateRecords(customers, [{ name: 'second', organizationId, id }]))
    expect(await nameOf()).toEqual(['second'])
    const rows = [
      { id, organizationId, name: 'third' },
      { id, organizationId, name: 'third', email: 'b@b.test' },
    ]
    expect(() => updateRecords(customers, rows)).toThrow('a row of billhook.customers says email')
  })
})

it('only the columns that are named change, in the rows that are named, all writes of one statement at once', async () => {
  const owner = organization('three')
  await asPlatform(db, ({ tx }) => tx.execute(insertRecords(organizations, [owner])))
  await inOrganization(db, owner.id, async ({ tx, organizationId }) => {
    const customer = (n: number) => ({
      id: ids.next('customer'),
      organizationId,
      provider: `p${n}`,
      providerKind: 'sandbox',
      externalCustomerId: `cus_${n}`,
      name: `name ${n}`,
      email: 'a@b.test',
      createdAt: at,
      updatedAt: at,
    })
    const [a, b, c] = [customer(1), customer(2), customer(3)]
    await tx.execute(together([insertRecords(customers, [a, b]), insertRecords(customers, [c])]))
    await tx.execute(
      together([
        updateRecords(customers, [{ id: a.id, organizationId, name: awkward }]),
        updateRecords(customers, [{ id: b.id, organizationId, email: null }]),
      ]),
    )
    const rows = await tx.select().from(customers).orderBy(customers.provider)
    expect(rows).toMatchObject([{ ...a, name: awkward }, { ...b, email: null }, c])
  })
})
