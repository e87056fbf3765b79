// A real Stripe account in test mode as the surroundings of the provider contract. Written from Stripe's documentation; it needs a key and
// the network, so no test of this repository runs it.
import { setTimeout as sleep } from 'node:timers/promises'
import Stripe from 'stripe'
import { systemClock } from '../../../primitives/index.ts'
import type { ContractCard, ContractHarness, MakeContractHarness, RawWebhook } from '../../../testing/contract/index.ts'
import { secondsAfter } from '../../../testing/emulator/clock.ts'
import { signPayload } from '../../../testing/stripe-emulator/index.ts'
import { stripeProvider } from '../index.ts'

const webhookSecret = 'whsec_verify_stripe'
/** docs.stripe.com/testing: what a buyer types, and the same as a ready payment method. A declined card cannot be attached. */
const cardNumbers: Record<ContractCard, string> = {
  pays: '4242424242424242',
  declines: '4000000000000002',
  fails_later: '4000000000000341',
}
const paymentMethods: Record<ContractCard, string> = {
  pays: 'pm_card_visa',
  declines: 'pm_card_chargeCustomerFail',
  fails_later: 'pm_card_chargeCustomerFail',
}
/** A test clock moves by two intervals at most; months are the shortest that the contract advances through. */
const longestStepSeconds = 50 * 86_400

/** What a buyer does on Stripe's hosted page, with the number of a test card. */
export type PayOnPage = (url: string, card: string) => Promise<void>

/** Every harness has a test clock of its own; deleting it takes its customers with it. */
export function stripeTestAccount(secretKey: string, payOnPage: PayOnPage): MakeContractHarness {
  const stripe = new Stripe(secretKey, { telemetry: false })
  return async () => {
    const frozenTime = Math.floor(Date.now() / 1000)
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: frozenTime, name: 'billhook contract' })
    const way = createWay(clock.id)
    const make = stripeProvider({ secretKey, webhookSecrets: [webhookSecret] })
    return {
      provider: make({ ...host, fetch: way.fetch }),
      clock: systemClock,
      pay: (url, card = 'pays') => payOnPage(url, cardNumbers[card]),
      advance: (duration) => advanceClock(stripe, clock.id, duration),
      nextWebhooks: createInbox(stripe, way.customers, frozenTime),
      replaceCard: (customer, card) => replaceCard(stripe, customer, paymentMethods[card]),
      faults: { ...way.faults, ...signers },
      stop: async () => {
        await stripe.testHelpers.testClocks.del(clock.id)
      },
    }
  }
}

/** The way out, where customers get the test clock and answers can get lost. */
function createWay(testClock: string) {
  const customers = new Set<string>()
  const next = { isLost: false, isCut: false }
  const way: typeof fetch = async (input, init) => {
    if (next.isCut) {
      next.isCut = false
      throw new TypeError('cut on purpose')
    }
    const isWrite = init?.method === 'POST' || init?.method === 'DELETE'
    const isCustomer = init?.method === 'POST' && new URL(String(input)).pathname === '/v1/customers'
    const body = isCustomer ? `${String(init.body)}&test_clock=${testClock}` : init?.body
    // The length that the SDK computed is no longer true.
    const headers = new Headers(init?.headers)
    if (isCustomer) headers.delete('content-length')
    const response = await fetch(input, { ...init, headers, ...(body !== undefined && { body }) })
    if (isCustomer) customers.add(((await response.clone().json()) as { id: string }).id)
    if (isWrite && next.isLost) {
      next.isLost = false
      throw new TypeError('lost on purpose')
    }
    return response
  }
  const faults = {
    loseNextAnswer: () => {
      next.isLost = true
    },
    cutNextCall: () => {
      next.isCut = true
    },
  }
  return { fetch: way, customers, faults }
}

async function advanceClock(stripe: Stripe, id: string, duration: string): Promise<void> {
  const { frozen_time: start } = await stripe.testHelpers.testClocks.retrieve(id)
  const end = secondsAfter(start, duration)
  for (let at = start; at < end; ) {
    at = Math.min(end, at + longestStepSeconds)
    await stripe.testHelpers.testClocks.advance(id, { frozen_time: at })
    await settled(stripe, id)
  }
}

async function settled(stripe: Stripe, id: string): Promise<void> {
  for (;;) {
    const { status } = await stripe.testHelpers.testClocks.retrieve(id)
    if (status === 'ready') return
    if (status === 'internal_failure') throw new Error('Stripe could not advance the test clock')
    await sleep(1_000)
  }
}

/** Events of this harness's customers that were not read yet, oldest first, signed here: nothing has to reach this machine. */
function createInbox(stripe: Stripe, customers: ReadonlySet<string>, since: number): ContractHarness['nextWebhooks'] {
  const seen = new Set<string>()
  return async () => {
    const fresh: Stripe.Event[] = []
    for await (const event of stripe.events.list({ created: { gte: since }, limit: 100 })) {
      const { id, customer } = event.data.object as { id?: string; customer?: string | null }
      const isOurs = customers.has(customer ?? '') || customers.has(id ?? '')
      if (isOurs && !seen.has(event.id)) fresh.push(event)
    }
    for (const { id } of fresh) seen.add(id)
    return fresh.reverse().map((event) => sign(new TextEncoder().encode(JSON.stringify(event))))
  }
}

async function replaceCard(stripe: Stripe, customer: string, card: string): Promise<void> {
  const { id } = await stripe.paymentMethods.attach(card, { customer })
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } })
  for await (const subscription of stripe.subscriptions.list({ customer }))
    await stripe.subscriptions.update(subscription.id, { default_payment_method: id })
}

const signers = {
  signBytes: async (body: Uint8Array) => sign(body),
  signWebhook: async (type: string) => sign(eventOf(type, false)),
  signOtherMode: async () => sign(eventOf('customer.updated', true)),
}

function eventOf(type: string, livemode: boolean): Uint8Array {
  const created = Math.floor(Date.now() / 1000)
  const event = { id: 'evt_contract', object: 'event', type, created, livemode, data: { object: {} } }
  return new TextEncoder().encode(JSON.stringify(event))
}

function sign(body: Uint8Array): RawWebhook {
  const signature = signPayload(new TextDecoder().decode(body), webhookSecret, Math.floor(Date.now() / 1000))
  return { body, headers: new Headers({ 'stripe-signature': signature }) }
}

const unused = () => {
  throw new Error('The Stripe adapter keeps no state of its own')
}
const silent = () => undefined
const host = {
  providerName: 'stripe',
  baseUrl: 'http://billhook.test',
  webhookUrl: 'http://billhook.test/api/v1/billing/webhooks/stripe/',
  clock: systemClock,
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  stateStore: { get: unused, put: unused, delete: unused, list: unused, exclusively: unused },
}
