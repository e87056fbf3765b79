import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPlatform, inOrganization, rowsOf, sqlState } from '../src/db/index.ts'
import { databases } from './support/databases.ts'
import { addOrganization, openShop, type Shop } from './support/sandbox-shop.ts'

/** Tables that belong to organizations, and hold rows of the first one here. */
const tenantTables = [
  'customers',
  'checkout_sessions',
  'subscriptions',
  'subscription_items',
  'subscription_periods',
  'bindings',
  'invoices',
  'invoice_lines',
  'payments',
  'payment_allocations',
  'billing_events',
  'operations',
  'external_refs',
  'webhook_events',
  'grants',
  'usage_events',
  'usage_rollups',
  'usage_counters',
  'usage_values',
  'usage_reservations',
]

/** A row in each table of usage. */
async function useEverything({ billing, organizationId }: Shop): Promise<void> {
  await billing.createMeter({ key: 'tokens', aggregation: 'sum' })
  await billing.createMeter({ key: 'people', aggregation: 'unique', property: 'person' })
  const given = { organizationId, reason: 'test', actor: 'test' }
  await billing.createGrant({ ...given, feature: 'tokens', value: { limit: 10, meter: 'tokens' } })
  await billing.createGrant({ ...given, feature: 'people', value: { limit: 10, meter: 'people' } })
  await billing.reserve({ organizationId, feature: 'tokens', id: 'held', quantity: 1 })
  const seen = { id: 'seen', meter: 'people', properties: { person: 'x' } }
  await billing.recordUsage({ organizationId, events: [{ id: 'used', meter: 'tokens' }, seen] })
}

describe.each(databases)('on $name', ({ open }) => {
  let shop: Shop
  let own: string
  let other: string
  beforeAll(async () => {
    shop = await openShop({ database: await open() })
    await shop.subscribe()
    own = shop.organizationId
    other = await addOrganization(shop.billing, 'other')
    await useEverything(shop)
  })
  afterAll(() => shop.close())

  const count = async (table: string, as: string | null) => {
    const text = sql.raw(`select count(*)::int as count from billhook.${table}`)
    const read = (tx: typeof shop.ctx.db.drizzle) => rowsOf<{ count: number }>(tx.execute(text))
    const [row] = await (as === null
      ? shop.ctx.db.drizzle.transaction(async (tx) => {
          await tx.execute(sql`select set_config('role', 'billhook_app', true)`)
          return read(tx)
        })
      : inOrganization(shop.ctx.db, as, ({ tx }) => read(tx)))
    return row?.count
  }
  const states = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      return sqlState(error)
    }
    return 'nothing was refused'
  }

  it.each(tenantTables)(
    'shows %s to their organization, not to another, and to nobody without a scope',
    async (table) => {
      expect(await count(table, own)).toBeGreaterThan(0)
      expect(await count(table, other)).toBe(0)
      expect(await count(table, null)).toBe(0)
    },
  )

  it('forgets the scope with its transaction', async () => {
    await count('subscriptions', own)
    const [row] = await rowsOf<{ role: string; organization: string | null }>(
      shop.ctx.db.drizzle.execute(
        sql`select current_user as role, nullif(current_setting('billhook.organization_id', true), '') as organization`,
      ),
    )
    expect(row?.role).not.toMatch(/^billhook_(app|platform)$/)
    expect(row?.organization).toBeNull()
  })

  it('refuses to write another organization’s row', async () => {
    const insert = () =>
      inOrganization(shop.ctx.db, own, ({ tx }) =>
        tx.execute(sql`insert into billhook.external_refs (provider, kind, external_id, organization_id, object_id)
          values ('sandbox', 'invoice', 'x', ${other}, 'x')`),
      )
    expect(await states(insert)).toBe('42501')
    const steal = () =>
      inOrganization(shop.ctx.db, own, ({ tx }) =>
        tx.execute(sql`update billhook.subscriptions set organization_id = ${other}`),
      )
    expect(await states(steal)).toBe('42501')
  })

  it('fails loudly on an upsert that hits a hidden row, and leaves the row alone', async () => {
    const { externalSubscriptionId } = await shop.current()
    const upsert = () =>
      inOrganization(shop.ctx.db, other, ({ tx }) =>
        tx.execute(sql`insert into billhook.bindings (id, organization_id, subscription_id, customer_id, provider, provider_kind,
            external_subscription_id, role, external_status, created_at, updated_at)
          select 'bhbind_x', ${other}, 'x', 'x', 'sandbox', 'sandbox', ${externalSubscriptionId}, 'billing', 'active', now(), now()
          on conflict (provider, external_subscription_id) do update set organization_id = ${other}`),
      )
    expect(await states(upsert)).toBe('42501')
    expect(await shop.current()).toMatchObject({ status: 'active', bindings: [{ role: 'billing' }] })
  })

  it('changes nothing of another organization, even by its id', async () => {
    const { id } = await shop.current()
    await inOrganization(shop.ctx.db, other, ({ tx }) =>
      tx.execute(sql`update billhook.subscriptions set status = 'paused' where id = ${id}`),
    )
    expect((await shop.current()).status).toBe('active')
    await expect(shop.billing.getSubscription({ organizationId: other, subscriptionId: id })).rejects.toMatchObject({
      code: 'subscription_not_found',
    })
    await expect(
      shop.billing.cancelSubscription({ organizationId: other, subscriptionId: id, atPeriodEnd: false }),
    ).rejects.toMatchObject({ code: 'subscription_not_found' })
  })

  it.each(['customers', 'invoice_lines', 'payments', 'credit_notes', 'refunds'])(
    'lets the platform’s role not even read %s',
    async (table) => {
      const read = () => asPlatform(shop.ctx.db, ({ tx }) => tx.execute(sql.raw(`select 1 from billhook.${table}`)))
      expect(await states(read)).toBe('42501')
    },
  )

  it('shows the platform’s role of invoices only where the waiting ones are, and no amount', async () => {
    const amounts = () => asPlatform(shop.ctx.db, ({ tx }) => tx.execute(sql`select total from billhook.invoices`))
    expect(await states(amounts)).toBe('42501')
    const waiting = asPlatform(shop.ctx.db, ({ tx }) => rowsOf(tx.execute(sql`select id from billhook.invoices`)))
    expect(await waiting).toEqual([])
  })

  it('keeps the months of usage events behind their table, and what was counted as it was counted', async () => {
    const [part] = await rowsOf<{ name: string }>(
      shop.ctx.db.drizzle.execute(sql`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'billhook.usage_events'::regclass`),
    )
    for (const statement of [
      `select 1 from billhook.${part?.name}`,
      'update billhook.usage_events set value = 0',
      'delete from billhook.usage_events',
      `select billhook.drop_usage_partitions(now())`,
    ]) {
      const run = () => inOrganization(shop.ctx.db, own, ({ tx }) => tx.execute(sql.raw(statement)))
      expect(await states(run), statement).toBe('42501')
    }
    const asOther = () =>
      inOrganization(shop.ctx.db, other, ({ tx }) =>
        tx.execute(sql`insert into billhook.usage_events (organization_id, meter_id, event_id, received_at, occurred_at, counted_at, properties)
          select ${own}, id, 'forged', '2026-01-31T10:00:00Z', now(), now(), '{}' from billhook.meters limit 1`),
      )
    expect(await states(asOther)).toBe('42501')
  })

  it.each([
    ['bindings', 'external_subscription_id'],
    ['subscription_changes', 'approval_url'],
    ['subscription_items', 'external_price_id'],
  ])('shows the platform’s role of %s only which are due, and no %s', async (table, column) => {
    const read = (what: string) => () =>
      asPlatform(shop.ctx.db, ({ tx }) => rowsOf(tx.execute(sql.raw(`select ${what} from billhook.${table}`))))
    expect(await states(read(column))).toBe('42501')
    expect(await read('id')()).toEqual([])
  })

  it('lets the platform’s role say of items when their usage is due, and nothing else, nor of those with a quantity', async () => {
    const set = (what: string) => () =>
      asPlatform(shop.ctx.db, ({ tx }) =>
        rowsOf(tx.execute(sql.raw(`update billhook.subscription_items set ${what} returning id`))),
      )
    for (const what of ['quantity = 9', `price_id = 'x'`, `organization_id = '${other}'`])
      expect(await states(set(what)), what).toBe('42501')
    expect(await set('usage_due_at = now()')()).toEqual([])
  })

  it.each(['provider_state', 'idempotency_keys', 'api_keys'])('lets an organization not read %s', async (table) => {
    const read = () =>
      inOrganization(shop.ctx.db, own, ({ tx }) => tx.execute(sql.raw(`select 1 from billhook.${table}`)))
    expect(await states(read)).toBe('42501')
  })

  it('lets nobody in a scope rewrite what was told, audited or owned', async () => {
    for (const table of ['billing_events', 'audit_log', 'external_refs']) {
      for (const statement of [
        `update billhook.${table} set organization_id = organization_id`,
        `delete from billhook.${table}`,
      ]) {
        expect(await states(() => inOrganization(shop.ctx.db, own, ({ tx }) => tx.execute(sql.raw(statement))))).toBe(
          '42501',
        )
        expect(await states(() => asPlatform(shop.ctx.db, ({ tx }) => tx.execute(sql.raw(statement))))).toBe('42501')
      }
    }
  })

  it('guards every table that has an organization', async () => {
    const open = await rowsOf<{ name: string }>(
      shop.ctx.db.drizzle.execute(sql`select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'billhook' and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id')
          and has_table_privilege('billhook_app', c.oid, 'select')`),
    )
    expect(open).toEqual([])
  })

  it('runs scopes as roles that own nothing and cannot pass row-level security', async () => {
    const roles = await rowsOf<{ name: string; login: boolean; bypass: boolean; super: boolean; owned: number }>(
      shop.ctx.db.drizzle.execute(sql`select rolname as name, rolcanlogin as login, rolbypassrls as bypass, rolsuper as super,
          (select count(*)::int from pg_class where relowner = r.oid) as owned
        from pg_roles r where rolname in ('billhook_app', 'billhook_platform') order by 1`),
    )
    const harmless = { login: false, bypass: false, super: false, owned: 0 }
    expect(roles).toEqual([
      { name: 'billhook_app', ...harmless },
      { name: 'billhook_platform', ...harmless },
    ])
  })
})
