import { SubscriptionsController } from '@paypal/paypal-server-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  clientOf,
  freeTrial,
  monthly,
  openTestAccount,
  refusalOf,
  type TestAccount,
  tokenOf,
  transactionsOf,
} from './test-account.ts'

let account: TestAccount
let now: Date

beforeEach(async () => {
  now = new Date('2027-01-31T12:00:00Z')
  account = await openTestAccount({ wallClock: () => now })
})
afterEach(() => account.emulator.stop())

describe('the door', () => {
  it('gives tokens for the right secret alone, and lets nobody in without one', async () => {
    const { emulator, call } = account
    const stranger = new SubscriptionsController(clientOf({ ...emulator, clientSecret: 'other' }))
    await expect(stranger.getSubscription({ id: 'I-ANY' })).rejects.toMatchObject({ statusCode: 401 })
    expect(await call('GET', '/v1/billing/plans', { token: 'A21AAother' })).toMatchObject({
      status: 401,
      body: { name: 'AUTHENTICATION_FAILURE' },
    })
  })

  it('refuses a token after nine hours, or when they are made to end', async () => {
    const token = await tokenOf(account.emulator)
    now = new Date('2027-01-31T20:59:59Z')
    expect((await account.call('GET', '/v1/billing/plans', { token })).status).toBe(200)
    now = new Date('2027-01-31T21:00:00Z')
    expect((await account.call('GET', '/v1/billing/plans', { token })).status).toBe(401)
    const fresh = await tokenOf(account.emulator)
    account.emulator.faults.expireTokens()
    expect((await account.call('GET', '/v1/billing/plans', { token: fresh })).status).toBe(401)
  })

  it('says which field is wrong and why, each with a debug id, and tells unknown ones too', async () => {
    const body = { name: '', type: 'SERVICE', color: 'red', category: 'soft' }
    const { status, body: answer } = await account.call('POST', '/v1/catalogs/products', { body })
    expect(status).toBe(400)
    expect(answer).toMatchObject({ name: 'INVALID_REQUEST', debug_id: expect.stringMatching(/^d/) })
    const issues = Object(answer).details.map(({ field, issue }: Record<string, string>) => [field, issue])
    expect(issues).toEqual([
      ['/name', 'INVALID_STRING_MIN_LENGTH'],
      ['/category', 'INVALID_PARAMETER_SYNTAX'],
      ['/', 'INVALID_PARAMETER_SYNTAX'],
    ])
    const missing = await account.call('POST', '/v1/catalogs/products', { body: { type: 'SERVICE' } })
    expect(missing.body).toMatchObject({ details: [{ field: '/name', issue: 'MISSING_REQUIRED_PARAMETER' }] })
  })

  it('knows no other address, parameter, media type or half a body', async () => {
    const { call } = account
    expect((await call('GET', '/v1/nothing')).status).toBe(404)
    expect((await call('GET', '/v1/billing/plans?surprise=1')).status).toBe(400)
    const headers = { 'content-type': 'text/plain' }
    expect((await call('POST', '/v1/catalogs/products', { text: '{}', headers })).status).toBe(415)
    expect((await call('POST', '/v1/catalogs/products', { text: '{' })).status).toBe(400)
    expect((await call('POST', '/v1/catalogs/products')).body).toMatchObject({
      details: [{ issue: 'MISSING_REQUEST_BODY' }],
    })
  })
})

describe('a request id', () => {
  it('makes one thing however often it is sent, answers 200 the second time, and is forgotten after three days', async () => {
    const { call, emulator } = account
    const make = () =>
      call('POST', '/v1/catalogs/products', {
        body: { name: 'Pro', type: 'SERVICE' },
        headers: { 'paypal-request-id': 'once' },
      })
    const first = await make()
    expect(await make()).toEqual({ status: 200, body: first.body })
    expect(first.status).toBe(201)
    emulator.clock.advance('PT72H1S')
    expect((await make()).status).toBe(201)
    expect(emulator.state.products.size).toBe(2)
  })

  it('is not looked at by suspend, so a second one is refused', async () => {
    const id = await account.subscribe()
    const suspend = () =>
      account.call('POST', `/v1/billing/subscriptions/${id}/suspend`, {
        body: { reason: 'Holiday' },
        headers: { 'paypal-request-id': 'once' },
      })
    expect((await suspend()).status).toBe(204)
    expect(await suspend()).toMatchObject({
      status: 422,
      body: { details: [{ issue: 'SUBSCRIPTION_STATUS_INVALID' }] },
    })
  })
})

describe('an answer', () => {
  it('has id, status and links alone, unless the representation is asked for', async () => {
    const planId = await account.createPlan()
    const body = { plan_id: planId }
    const short = await account.call('POST', '/v1/billing/subscriptions', { body })
    expect(Object.keys(Object(short.body)).sort()).toEqual(['create_time', 'id', 'links', 'status'])
    const headers = { prefer: 'return=representation' }
    const whole = await account.call('POST', '/v1/billing/subscriptions', { body, headers })
    expect(whole.body).toMatchObject({ plan_id: planId, quantity: '1', plan_overridden: false })
  })

  it('is lost, refused or too early as asked for', async () => {
    const { emulator, call } = account
    emulator.faults.loseNextAnswer()
    const body = { name: 'Pro', type: 'SERVICE' }
    await expect(call('POST', '/v1/catalogs/products', { body })).rejects.toThrow()
    expect(emulator.state.products.size).toBe(1)
    emulator.faults.cutNextCall()
    expect((await call('POST', '/v1/catalogs/products', { body })).status).toBe(503)
    emulator.faults.rateLimitNext()
    expect(await call('GET', '/v1/billing/plans')).toMatchObject({ status: 429, body: { name: 'RATE_LIMIT_REACHED' } })
    expect(emulator.state.products.size).toBe(1)
    const id = await account.subscribe()
    emulator.faults.transactionsLag(60_000)
    expect(await transactionsOf(account, id)).toEqual([])
    emulator.clock.advance('PT1M')
    expect(await transactionsOf(account, id)).toHaveLength(1)
  })

  it('comes in pages, with a link to the next', async () => {
    const planId = await account.createPlan()
    for (let made = 0; made < 3; made += 1) await account.openSubscription({ planId })
    const path = `/v1/billing/subscriptions?page_size=2&plan_ids=${planId}`
    const first = Object((await account.call('GET', path)).body)
    const next = new URL(first.links.find(({ rel }: { rel: string }) => rel === 'next').href)
    const second = Object((await account.call('GET', next.pathname + next.search)).body)
    expect([first.subscriptions.length, second.subscriptions.length]).toEqual([2, 1])
    expect(second.links.map(({ rel }: { rel: string }) => rel)).toEqual(['self'])
    expect((await account.call('GET', '/v1/billing/subscriptions?page_size=21')).status).toBe(400)
  })
})

describe('the catalog', () => {
  it('takes an id of our own once, and none that looks like PayPal made it', async () => {
    const make = (id: string) =>
      account.call('POST', '/v1/catalogs/products', { body: { id, name: 'Pro', type: 'SERVICE' } })
    expect((await make('billhook')).status).toBe(201)
    expect(await make('billhook')).toMatchObject({
      status: 422,
      body: { details: [{ issue: 'DUPLICATE_RESOURCE_IDENTIFIER' }] },
    })
    expect((await make('PROD-billhook')).status).toBe(400)
  })

  it.each([
    ['MISSING_REGULAR_BILLING_CYCLE', { billingCycles: [freeTrial] }],
    ['MULTIPLE_REGULAR_BILLING_CYCLES_NOT_SUPPORTED', { billingCycles: [monthly, { ...monthly, sequence: 2 }] }],
    ['INVALID_BILLING_CYCLE_SEQUENCE', { billingCycles: [monthly, { ...freeTrial, sequence: 2 }] }],
    [
      'INVALID_TRIAL_BILLING_TOTAL_CYCLES',
      {
        billingCycles: [
          { ...freeTrial, totalCycles: 0 },
          { ...monthly, sequence: 2 },
        ],
      },
    ],
    ['CURRENCY_MISMATCH', { paymentPreferences: { setupFee: { currencyCode: 'USD', value: '1' } } }],
    [
      'CURRENCY_NOT_SUPPORTED_FOR_RECEIVER',
      { billingCycles: [{ ...monthly, pricingScheme: { fixedPrice: { currencyCode: 'ISK', value: '100' } } }] },
    ],
  ])('refuses a plan with %s', async (issue, changes) => {
    expect(await refusalOf(account.createPlan(changes))).toEqual([422, issue])
  })

  it('takes no decimals of yen, no quantity for a plan without, and nobody for one that is off', async () => {
    const yen = { ...monthly, pricingScheme: { fixedPrice: { currencyCode: 'JPY', value: '100.5' } } }
    expect(await refusalOf(account.createPlan({ billingCycles: [yen] }))).toEqual([400, 'INVALID_PARAMETER_SYNTAX'])
    const single = await account.createPlan({ quantitySupported: false })
    expect(await refusalOf(account.openSubscription({ planId: single, quantity: '2' }))).toEqual([
      422,
      'SUBSCRIPTION_CANNOT_HAVE_QUANTITY',
    ])
    await account.paypal.deactivateBillingPlan(single)
    expect(await refusalOf(account.openSubscription({ planId: single }))).toEqual([422, 'PLAN_STATUS_INVALID'])
    expect(await refusalOf(account.paypal.deactivateBillingPlan(single))).toEqual([422, 'PLAN_STATUS_INVALID'])
  })
})
