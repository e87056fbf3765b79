import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBilling } from '../src/billing.ts'
import type { BillingEvent } from '../src/outbox/index.ts'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import { openTestDatabase } from '../src/testing/postgres/index.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'

describe('a listener', () => {
  let shop: Shop
  const heard: Record<'host' | 'mailer', BillingEvent[]> = { host: [], mailer: [] }
  let broken = false
  beforeEach(async () => {
    heard.host = []
    heard.mailer = []
    broken = false
    const listeners = {
      host: (event: BillingEvent) => {
        if (broken) throw new Error('the host is down')
        heard.host.push(event)
      },
      mailer: (event: BillingEvent) => void heard.mailer.push(event),
    }
    shop = await openShop({ database: await openTestDatabase(), listeners })
  })
  afterEach(() => shop.close())

  it('that throws hears the same event again later, and holds up nobody else', async () => {
    broken = true
    await shop.subscribe()
    const told = (await shop.events()).map(({ id }) => id)
    expect(heard.mailer.map(({ id }) => id)).toEqual(told)
    expect(heard.host).toEqual([])
    broken = false
    await shop.billing.runJobs()
    expect(heard.host).toEqual([])
    shop.billing.clock.advanceMs(2_000)
    await shop.billing.runJobs()
    expect(heard.host.map(({ id }) => id)).toEqual(told)
    expect(heard.mailer).toHaveLength(told.length)
    expect(
      await selectRows(
        shop.billing,
        `select status, attempts, last_error from billhook.deliveries where receiver = 'host' limit 1`,
      ),
    ).toEqual([{ status: 'delivered', attempts: 2, last_error: null }])
  })

  it('hears of what has been committed, and its type says what its data is', async () => {
    const seen: unknown[] = []
    const acme = shop.organizationId
    const listening = await createBilling({
      baseUrl: shop.billing.baseUrl,
      providers: { sandbox: sandboxProvider() },
      database: shop.ctx.db,
      clock: shop.billing.clock,
      listeners: {
        host: async (event) => {
          if (event.type !== 'subscription.activated') return
          const { priceId, currentPeriodEnd }: { priceId: string; currentPeriodEnd: string | null } = event.data
          const { status } = await listening.getCurrentSubscription({ organizationId: acme })
          seen.push([status, priceId, currentPeriodEnd])
        },
      },
    })
    broken = true
    const { priceId } = await shop.subscribe()
    shop.billing.clock.advanceMs(2_000)
    await listening.runJobs()
    expect(seen).toEqual([['active', priceId, expect.stringMatching(/^2026-/)]])
  })

  it('that is there after a restart hears what was told before it', async () => {
    broken = true
    await shop.subscribe()
    const told = (await shop.events()).map(({ id }) => id)
    const later: string[] = []
    const restarted = await createBilling({
      baseUrl: shop.billing.baseUrl,
      providers: { sandbox: sandboxProvider() },
      database: shop.ctx.db,
      clock: { now: () => new Date(shop.billing.clock.now().getTime() + 120_000) },
      listeners: { host: ({ id }) => void later.push(id) },
    })
    await restarted.runJobs()
    await restarted.runJobs()
    expect(later).toEqual(told)
  })
})
