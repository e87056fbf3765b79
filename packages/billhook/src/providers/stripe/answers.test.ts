import { afterEach, describe, expect, it } from 'vitest'
import { customerInput, type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'
import type { Wire } from './testing/sample-objects.ts'

let account: EmulatedAccount
afterEach(() => account?.emulator.stop())

type Change = (method: string, url: URL) => { status?: number; json: Wire } | ((answer: Wire) => Wire) | null

/** The emulator, except where Stripe would answer something it cannot be brought to. */
async function startAnswering(change: Change): Promise<void> {
  account = await startEmulatedAccount({}, async (input, init) => {
    const changed = change(init?.method ?? 'GET', new URL(String(input)))
    if (changed && typeof changed === 'object') return Response.json(changed.json, { status: changed.status ?? 200 })
    const answer = await fetch(input, init)
    return changed ? Response.json(changed((await answer.json()) as Wire)) : answer
  })
}

describe('answers of Stripe that are rare', () => {
  it('an embedded list that is cut short is read to its end, page by page', async () => {
    const whole = new Map<string, unknown[]>()
    const cut = (field: string) => (answer: Wire) => {
      const list = answer[field] as { data: unknown[] }
      whole.set(field, list.data)
      return { ...answer, [field]: { ...list, data: [], has_more: true } }
    }
    const page = (field: string) => ({
      json: { object: 'list', data: whole.get(field) ?? [], has_more: false, url: '' },
    })
    await startAnswering((method, { pathname }) => {
      if (method !== 'GET') return null
      if (pathname.startsWith('/v1/subscriptions/')) return cut('items')
      if (pathname === '/v1/subscription_items') return page('items')
      if (pathname.endsWith('/lines')) return page('lines')
      return pathname.startsWith('/v1/invoices/') ? cut('lines') : null
    })
    const subscription = await account.provider.retrieveSubscription(await account.subscribe({ quantity: 2 }))
    expect(subscription.items).toMatchObject([{ quantity: 2 }])
    const invoice = await account.provider.retrieveInvoice(subscription.latestExternalInvoiceId ?? '')
    expect(invoice).toMatchObject({ subtotal: 9800, lines: [{ amount: 9800 }] })
  })

  it('a session that will not expire and is still open is a failure, not an answer', async () => {
    await startAnswering((_, { pathname }) =>
      pathname.endsWith('/expire')
        ? { status: 400, json: { error: { type: 'invalid_request_error', message: 'Not now.' } } }
        : null,
    )
    const input = { externalSessionId: await account.openSession() }
    const expiry = account.provider.expireCheckoutSession(input, account.operation('expire_checkout_session', input))
    await expect(expiry).rejects.toMatchObject({ code: 'provider_rejected', outcome: 'failed' })
  })

  it('an answer to a write that nobody can read leaves its outcome unknown', async () => {
    await startAnswering((method, { pathname }) =>
      method === 'DELETE' && pathname ? (answer) => ({ ...answer, status: 'new' }) : null,
    )
    const input = { externalSubscriptionId: await account.subscribe(), atPeriodEnd: false }
    const cancel = account.provider.cancelSubscription(input, account.operation('cancel_subscription', input))
    await expect(cancel).rejects.toMatchObject({ code: 'outcome_unknown', outcome: 'unknown' })
  })

  it('more customers than can be looked through do not prove that one is missing', async () => {
    let served = 0
    await startAnswering((method, { pathname }) => {
      if (method !== 'GET' || pathname !== '/v1/customers') return null
      const data = Array.from({ length: 100 }, (_, n) => ({
        id: `cus_${served + n}`,
        object: 'customer',
        metadata: {},
      }))
      served += data.length
      return { json: { object: 'list', data, has_more: true, url: '/v1/customers' } }
    })
    const operation = account.operation('create_customer', customerInput())
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'unknown' })
    expect(served).toBe(1000)
  })
})

describe('a connection cut after Stripe did the work', () => {
  it('is repeated by the SDK under the same key, so that nothing is done twice', async () => {
    account = await startEmulatedAccount({ maxNetworkRetries: 1 })
    account.emulator.faults.next({ kind: 'drop_after', match: (method) => method === 'POST' })
    await account.createCustomer()
    expect(account.emulator.state.customers.size).toBe(1)
    const input = { externalSubscriptionId: await account.subscribe(), atPeriodEnd: false }
    account.emulator.faults.next({ kind: 'drop_after', match: (method) => method === 'DELETE' })
    const cancel = account.provider.cancelSubscription(input, account.operation('cancel_subscription', input))
    await expect(cancel).resolves.toMatchObject({ outcome: 'applied', subscription: { status: 'canceled' } })
  })
})
