import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, type Shop } from './support/sandbox-shop.ts'

const dayMs = 86_400_000
let shop: Shop
let subscriptionId: string

const call = async (method: string, path: string, body?: unknown, options: { key?: string } = {}) => {
  const { status, json } = await shop.billing.call(method, `/api/v1${path}`, { body, ...options })
  return { status, body: json as Record<string, unknown> }
}
const makeDiffer = () =>
  shop.ctx.db.drizzle.execute(
    sql.raw(`update billhook.subscriptions set status = 'past_due', quantity = 3 where id = '${subscriptionId}'`),
  )
const newest = async () => (await shop.billing.listReconcileRuns({ limit: 100 })).data

beforeAll(async () => {
  shop = await openShop({ settings: { reconcileEveryHours: 24 } })
  subscriptionId = (await shop.subscribe()).id
})
afterAll(() => shop.close())

describe('POST /admin/reconcile/', () => {
  it('tells what differs and changes nothing when it is a dry run, and repairs when it is none', async () => {
    await makeDiffer()
    const dry = await call('POST', '/admin/reconcile/', { provider: 'sandbox', dry_run: true })
    expect(dry).toMatchObject({
      status: 200,
      body: { status: 'completed', dry_run: true, found: { total: 2, resolutions: { would_repair: 2 } }, error: null },
    })
    expect(await shop.current()).toMatchObject({ status: 'past_due' })
    const real = await call('POST', '/admin/reconcile/', { provider: 'sandbox' })
    expect(real).toMatchObject({ status: 200, body: { found: { total: 2, resolutions: { repaired: 2 } } } })
    expect(await shop.current()).toMatchObject({ status: 'active', quantity: 1 })
    const again = await call('POST', '/admin/reconcile/', {})
    expect(again).toMatchObject({ status: 200, body: { provider: 'sandbox', found: { total: 0 } } })
  })

  it('shows runs, newest first, and what one found, a page at a time and by severity', async () => {
    const list = await call('GET', '/admin/reconcile/?limit=2&status=completed')
    expect(list.body).toMatchObject({ data: [{ found: { total: 0 } }, { found: { total: 2 } }], has_more: true })
    const { id } = (list.body.data as Array<{ id: string }>)[1] ?? {}
    const first = await call('GET', `/admin/reconcile/${id}/?limit=1`)
    expect(first.body).toMatchObject({
      id,
      read: { subscriptions: 1, invoices: 1 },
      differences: { data: [{ field: 'status', ours: 'past_due', theirs: 'active' }], has_more: true },
    })
    const { next_cursor: cursor } = first.body.differences as { next_cursor: string }
    const second = await call('GET', `/admin/reconcile/${id}/?limit=1&cursor=${cursor}`)
    expect(second.body.differences).toMatchObject({ data: [{ field: 'quantity', ours: 3 }], has_more: false })
    const minor = await call('GET', `/admin/reconcile/${id}/?severity=info`)
    expect(minor.body.differences).toMatchObject({ data: [] })
    expect(await call('GET', '/admin/reconcile/bhrun_none/')).toMatchObject({ status: 404 })
  })

  it('is for platform keys, writes down who asked, and refuses what is not there', async () => {
    const key = { organizationId: shop.organizationId, scopes: ['admin' as const], name: 'own', actor: 'test' }
    const { plainKey } = await shop.billing.createApiKey(key)
    for (const [method, path] of [
      ['POST', '/admin/reconcile/'],
      ['GET', '/admin/reconcile/'],
      ['POST', `/organizations/${shop.organizationId}/resync/`],
    ] as const)
      expect(await call(method, path, method === 'POST' ? {} : undefined, { key: plainKey })).toMatchObject({
        status: 403,
      })
    expect(await call('POST', '/admin/reconcile/', { provider: 'acmepay' })).toMatchObject({
      status: 404,
      body: { code: 'unknown_provider' },
    })
    expect(await call('POST', '/admin/reconcile/', { organization_id: 'nobody' })).toMatchObject({
      status: 404,
      body: { code: 'organization_not_found' },
    })
    const audit = await call('GET', '/admin/audit-log/')
    expect(audit.body.data).toContainEqual(
      expect.objectContaining({ action: 'start_reconcile', actor: expect.stringMatching(/^platform_key:/) }),
    )
  })

  it('resyncs one organization, by either of its names, with every provider that it is a customer of', async () => {
    await makeDiffer()
    const answered = await call('POST', '/organizations/acme/resync/')
    expect(answered).toMatchObject({
      status: 200,
      body: { runs: [{ provider: 'sandbox', organization_id: shop.organizationId, found: { total: 2 } }] },
    })
    expect(await shop.current()).toMatchObject({ status: 'active', quantity: 1 })
    const again = await call('POST', `/organizations/${shop.organizationId}/resync/`, {})
    expect(again.body).toMatchObject({ runs: [{ found: { total: 0 } }] })
    expect(await call('POST', '/organizations/nobody/resync/')).toMatchObject({ status: 404 })
  })
})

describe('the schedule', () => {
  it('compares every provider a day after it was last compared, again and again', async () => {
    await makeDiffer()
    await shop.billing.runJobs()
    expect((await newest())[0]).toMatchObject({ status: 'waiting', actor: 'system:schedule', provider: 'sandbox' })
    expect(await shop.current()).toMatchObject({ status: 'past_due' })
    shop.billing.clock.advanceMs(dayMs)
    await shop.billing.runJobs()
    expect(await shop.current()).toMatchObject({ status: 'active' })
    const [next, done] = await newest()
    expect(done).toMatchObject({
      status: 'completed',
      actor: 'system:schedule',
      found: { resolutions: { repaired: 2 } },
    })
    expect(next).toMatchObject({ status: 'waiting', dueAt: new Date(shop.billing.clock.now().getTime() + dayMs) })
  })

  it('lets whoever asks have the run that waits for its time, instead of making a second one', async () => {
    const [waiting] = await newest()
    const asked = await shop.billing.reconcile({})
    expect(asked).toMatchObject({ id: waiting?.id, actor: 'library', status: 'completed' })
  })

  it('forgets what lists showed when a run has ended, and the run itself after three months', async () => {
    await shop.billing.runJobs()
    const seen = await shop.ctx.db.drizzle.execute(sql`select 1 from billhook.reconcile_seen`)
    expect(seen).toMatchObject({ rows: [] })
    const before = await newest()
    shop.billing.clock.advanceMs(91 * dayMs)
    await shop.billing.runJobs()
    const ids = (await newest()).map(({ id }) => id)
    expect(before.filter(({ id, status }) => status !== 'waiting' && ids.includes(id))).toEqual([])
  })
})
