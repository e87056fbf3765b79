import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, seconds, type TestAccount } from './test-account.ts'

const secret = 'whsec_emulator'
let account: TestAccount
let receiver: Server
let received: Array<{ id: string; type: string }>
let answerStatus: number

beforeEach(async () => {
  received = []
  answerStatus = 200
  receiver = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const event = account.stripe.webhooks.constructEvent(body, String(request.headers['stripe-signature']), secret)
    received.push({ id: event.id, type: event.type })
    response.writeHead(answerStatus).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  account = await openTestAccount({ webhook: { url: `http://127.0.0.1:${port}/hook`, secret } })
})
afterEach(async () => {
  await account.emulator.stop()
  await new Promise((resolve) => {
    receiver.close(resolve)
    receiver.closeAllConnections()
  })
})

describe('delivery', () => {
  it('posts every queued event once, signed, in the order it happened', async () => {
    const { emulator, stripe } = account
    await account.subscribe()
    const results = await emulator.deliver()
    expect(received.map(({ id }) => id)).toEqual(emulator.events.map(({ id }) => id))
    expect(results.every(({ status }) => status === 200)).toBe(true)
    expect(await emulator.deliver()).toEqual([])
    expect((await stripe.events.list({ delivery_success: false })).data).toEqual([])
  })

  it('shuffles by seed, repeats and loses events as asked', async () => {
    const { emulator } = account
    await account.subscribe()
    const isLost = (event: { type: string }) => event.type === 'invoice.paid'
    const ids = emulator
      .signed({ order: 'shuffled', seed: 7, duplicate: 1, drop: isLost, events: emulator.events })
      .map(({ event }) => event.id)
    const again = emulator
      .signed({ order: 'shuffled', seed: 7, duplicate: 1, drop: isLost, events: emulator.events })
      .map(({ event }) => event.id)
    expect(again).toEqual(ids)
    expect(ids).not.toEqual([...ids].sort())
    expect(ids).toHaveLength((emulator.events.length - 1) * 2)
  })

  it('keeps what the endpoint refused for the next time', async () => {
    const { emulator, stripe } = account
    await stripe.customers.create({ email: 'ada@example.com' })
    answerStatus = 503
    expect(await emulator.deliver()).toMatchObject([{ type: 'customer.created', status: 503 }])
    expect(emulator.queued).toHaveLength(1)
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(1)
    answerStatus = 200
    await emulator.deliver()
    expect(emulator.queued).toEqual([])
  })
})

describe('the shape before basil', () => {
  it('has the period on the subscription, and subscription, payment and prices on the invoice', async () => {
    const { emulator } = account
    const { subscriptionId } = await account.subscribe()
    emulator.clock.advance('P1M')
    const legacy = emulator.events.map(emulator.toLegacyShape)
    const renewal = legacy.findLast((event) => event.type === 'customer.subscription.updated')
    expect(renewal).toMatchObject({
      api_version: '2024-06-20',
      data: {
        object: { current_period_end: seconds('2027-03-31T10:00:00Z'), plan: { interval: 'month' } },
        previous_attributes: { current_period_end: seconds('2027-02-28T10:00:00Z') },
      },
    })
    expect(renewal?.data.object).not.toHaveProperty('items.data.0.current_period_end')
    const paid = legacy.findLast((event) => event.type === 'invoice.paid')
    expect(paid?.data.object).toMatchObject({
      subscription: subscriptionId,
      payment_intent: 'pi_emu_000002',
      charge: 'ch_emu_000002',
      paid: true,
      lines: { data: [{ price: { object: 'price', unit_amount: 2000 }, type: 'subscription', proration: false }] },
    })
    expect(paid?.data.object).not.toHaveProperty('parent')
  })
})
