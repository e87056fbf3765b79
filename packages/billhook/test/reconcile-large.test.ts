import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReconcileRun } from '../src/index.ts'
import { PaymentProviderError } from '../src/providers/provider.ts'
import { createTestBilling, type TestBilling } from '../src/testing/index.ts'
import { keepLargeAccount, LargeAccount } from './support/large-account.ts'

const size = { subscriptions: 2_000, invoices: 200 }
const pagesOfAll = 22
let billing: TestBilling
let account: LargeAccount

const run = (text: string) => billing.ctx.db.drizzle.execute(sql.raw(text))
const found = async ({ id }: ReconcileRun) =>
  (await billing.getReconcileRun({ runId: id, limit: 100 })).differences.data.map(
    ({ externalId, field }) => `${externalId} ${field}`,
  )

const makeDiffer = (...ids: string[]) =>
  run(`update billhook.subscriptions set quantity = 9 where id in
    (select subscription_id from billhook.bindings where external_subscription_id in (${ids.map((id) => `'${id}'`).join()}))`)

/** Whatever nothing refers to is gone after it. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

beforeAll(async () => {
  billing = await createTestBilling({
    providers: {
      sandbox: (host) => {
        account = new LargeAccount(host, size)
        return account
      },
    },
  })
  await keepLargeAccount(billing, account)
})
afterAll(() => billing.close())

describe('a run over an account of thousands', () => {
  it('finds the few that differ among all of them, and holds no more than the page at hand', async () => {
    await makeDiffer('big_sub_0000001', 'big_sub_0001234', 'big_sub_0002000')
    const pages: Array<WeakRef<object>> = []
    const alive: number[] = []
    account.onPage = (page) => pages.push(new WeakRef(page))
    account.beforePage = async () => {
      if (pages.length % 5 !== 4) return
      // What a WeakRef was made of lives on until the turn of the event loop is over, and the embedded database never waits for one.
      await new Promise((resolve) => setImmediate(resolve))
      collectGarbage()
      alive.push(pages.filter((ref) => ref.deref()).length)
    }
    const done = await billing.reconcile({})
    account.onPage = () => {}
    account.beforePage = () => {}
    expect(done).toMatchObject({ status: 'completed', counts: size })
    expect(await found(done)).toEqual([
      'big_sub_0000001 quantity',
      'big_sub_0001234 quantity',
      'big_sub_0002000 quantity',
    ])
    expect(pages).toHaveLength(pagesOfAll)
    // The one that was just handled may still be on its way out.
    expect(Math.max(...alive)).toBeLessThanOrEqual(2)
  })

  it('goes on at its cursor after its process died, and what the dead one still does counts for nothing', async () => {
    await makeDiffer('big_sub_0000150', 'big_sub_0001950')
    account.read.length = 0
    const died = Promise.withResolvers<void>()
    const awake = Promise.withResolvers<void>()
    account.beforePage = async (cursor) => {
      if (cursor !== 'big_sub_0001200') return
      account.beforePage = () => {}
      died.resolve()
      await awake.promise
    }
    const first = billing.reconcile({}).catch((error: unknown) => error)
    await died.promise
    expect(account.read).toHaveLength(12)
    await expect(billing.reconcile({})).rejects.toMatchObject({ code: 'reconcile_in_progress' })
    billing.clock.advanceMs(60_000)
    let late: unknown
    account.beforePage = async (cursor) => {
      if (cursor !== 'big_sub_0001500') return
      awake.resolve()
      late = await first
    }
    const done = await billing.reconcile({})
    expect(late).toMatchObject({ code: 'reconcile_taken_over' })
    // The page that the first one died on was read by both.
    expect(account.read).toHaveLength(pagesOfAll + 1)
    expect(done).toMatchObject({ status: 'completed', counts: size })
    expect(await found(done)).toEqual(['big_sub_0000150 quantity', 'big_sub_0001950 quantity'])
    expect(new Set(account.read).size).toBe(pagesOfAll)
  })

  it('waits while the provider is down, ever longer, and the same run goes on from there by itself', async () => {
    account.read.length = 0
    let refused = 0
    account.beforePage = (cursor) => {
      if (cursor !== 'big_inv_0000100' || refused >= 2) return
      refused += 1
      throw new PaymentProviderError({
        provider: 'sandbox',
        code: 'provider_unavailable',
        detail: 'the line is bad',
        retryable: true,
        outcome: 'failed',
      })
    }
    await expect(billing.reconcile({})).rejects.toThrow('the line is bad')
    const [waiting] = (await billing.listReconcileRuns({ limit: 1 })).data
    expect(waiting).toMatchObject({
      status: 'waiting',
      error: { code: 'provider_unavailable' },
      counts: { invoices: 100 },
    })
    await billing.runJobs()
    expect(refused).toBe(1)
    billing.clock.advanceMs(30_000)
    await billing.runJobs()
    expect(refused).toBe(2)
    billing.clock.advanceMs(60_000)
    await billing.runJobs()
    const done = await billing.getReconcileRun({ runId: waiting?.id ?? '' })
    expect(done).toMatchObject({ status: 'completed', error: null, counts: size })
    expect(account.read).toHaveLength(pagesOfAll)
  })
})
