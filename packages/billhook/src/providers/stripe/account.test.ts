import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccountAbility, AccountPage, PageRequest } from '../account.ts'
import { type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

let emulated: EmulatedAccount
let account: AccountAbility

beforeAll(async () => {
  emulated = await startEmulatedAccount()
  if (!emulated.provider.account) throw new Error('this provider shows no account')
  account = emulated.provider.account
})
afterAll(() => emulated.emulator.stop())

async function readAll<T>(list: (request: PageRequest) => Promise<AccountPage<T>>, limit: number) {
  const read = { data: [] as T[], unreadable: [] as AccountPage<T>['unreadable'], pages: 0 }
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor; isFirst = false) {
    const page: AccountPage<T> = await list({ cursor, limit })
    read.data.push(...page.data)
    read.unreadable.push(...page.unreadable)
    read.pages += 1
    cursor = page.nextCursor
  }
  return read
}

it('lists prices that can be sold and archived ones, with their products, each once', async () => {
  for (const amount of [100, 200, 300]) await emulated.publish(amount)
  const archived = [...emulated.emulator.state.prices.values()][1]
  if (archived) archived.active = false
  const { data, pages } = await readAll(account.listPrices, 1)
  expect(data.map(({ amount, active }) => [amount, active])).toEqual([
    [300, true],
    [100, true],
    [200, false],
  ])
  expect(pages).toBe(3)
  const [first] = data
  expect(await account.retrievePrice(first?.externalPriceId ?? '')).toEqual(first)
})

it('names what it cannot read and still shows the rest of the page', async () => {
  const subscribed: string[] = []
  for (let index = 0; index < 3; index++) subscribed.push(await emulated.subscribe())
  const { subscriptions, invoices } = emulated.emulator.state
  const [odd] = [...invoices.values()]
  // What a later version of Stripe may send.
  if (odd) Object.assign(odd, { status: 'half_paid' })
  const middle = subscriptions.get(subscribed[1] ?? '')
  if (middle) Object.assign(middle, { status: 'hibernating' })
  const bills = await readAll(account.listInvoices, 2)
  expect(bills.unreadable).toEqual([{ externalId: odd?.id, reason: expect.stringContaining('half_paid') }])
  expect(bills.data).toHaveLength(2)
  const found = await readAll(account.listSubscriptions, 100)
  expect(found.unreadable).toEqual([{ externalId: middle?.id, reason: expect.stringContaining('hibernating') }])
  expect(found.data.map((each) => each.externalSubscriptionId)).toEqual([subscribed[2], subscribed[0]])
})

it('shows ended subscriptions, and of a deleted customer that it is gone', async () => {
  const id = await emulated.subscribe()
  const customer = emulated.emulator.state.subscriptions.get(id)?.customer ?? ''
  const { apiKey, baseUrl } = emulated.emulator
  await fetch(`${baseUrl}/v1/customers/${customer}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${apiKey}` },
  })
  const { data } = await account.listSubscriptions({ cursor: null })
  expect(data.find((each) => each.externalSubscriptionId === id)?.status).toBe('canceled')
  expect((await account.listCustomers({ cursor: null })).data.map((each) => each.externalCustomerId)).not.toContain(
    customer,
  )
  expect(await account.retrieveCustomer(customer)).toMatchObject({ externalCustomerId: customer, deleted: true })
})
