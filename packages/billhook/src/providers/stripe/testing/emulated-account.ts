import { fixedClock } from '../../../primitives/index.ts'
import {
  type StripeEmulator,
  type StripeEmulatorOptions,
  type StripeEvent,
  startStripeEmulator,
} from '../../../testing/stripe-emulator/index.ts'
import type { OperationKind, OperationKinds, ProviderOperation } from '../../operation.ts'
import type { BasePaymentProvider, ProviderHost, StateStore } from '../../provider.ts'
import type { ProviderEvent } from '../../provider-event.ts'
import { type StripeOptions, stripeProvider } from '../index.ts'

/** For the tests of this folder: a provider whose account is the emulator, and what they do over and over. */
export interface EmulatedAccount {
  emulator: StripeEmulator
  provider: BasePaymentProvider
  /** Milliseconds the provider asked to wait, in order. */
  waits: number[]
  operation<K extends OperationKind>(kind: K, input: OperationKinds[K]['input'], id?: string): ProviderOperation<K>
  /** Ids of a price at Stripe, by its amount in EUR cents. */
  publish(amount: number, interval?: 'month' | 'year'): Promise<string>
  createCustomer(email?: string): Promise<string>
  /** An open session for a new customer. */
  openSession(options?: SessionOptions): Promise<string>
  /** Bought on the hosted page; answers the subscription's id. */
  subscribe(options?: SessionOptions & { card?: string }): Promise<string>
}

interface SessionOptions {
  price?: string
  trialDays?: number
  quantity?: number
  more?: Partial<OperationKinds['create_checkout_session']['input']>
}

export const emulatedSecret = 'whsec_emulated'
const start = new Date('2026-03-01T00:00:00Z')

export async function startEmulatedAccount(
  options: Partial<StripeOptions> = {},
  way: typeof fetch = fetch,
  settings: StripeEmulatorOptions['settings'] = {},
): Promise<EmulatedAccount> {
  const emulator = await startStripeEmulator({ clock: start, settings })
  const waits: number[] = []
  const make = stripeProvider(
    {
      secretKey: emulator.apiKey,
      webhookSecrets: [emulatedSecret],
      apiBase: emulator.baseUrl,
      maxNetworkRetries: 0,
      ...options,
    },
    { sleep: async (ms) => waits.push(ms), random: () => 0.5 },
  )
  const provider = make({ ...host, fetch: way })
  let serial = 0
  const operation: EmulatedAccount['operation'] = (kind, input, id) => {
    serial += 1
    const operationId = id ?? `bhop_${serial}`
    return { id: operationId, kind, idempotencyKey: `key-${operationId}`, input, startedAt: start }
  }
  const publish = async (amount: number, interval: 'month' | 'year' = 'month') => {
    const input = priceInput({ id: `bhprice_${amount}_${interval}`, amount, interval })
    return (await provider.publishPrice(input, operation('publish_price', input))).externalPriceId
  }
  const createCustomer = async (email = 'acme@example.test') => {
    const input = customerInput({ email })
    return (await provider.createCustomer(input, operation('create_customer', input))).externalCustomerId
  }
  const openSession: EmulatedAccount['openSession'] = async ({ price, trialDays = 0, quantity = 1, more } = {}) => {
    const externalPriceId = price ?? (await publish(4900))
    const input = sessionInput({
      externalCustomerId: await createCustomer(),
      externalPriceId,
      trialDays,
      quantity,
      ...more,
    })
    return (await provider.createCheckoutSession(input, operation('create_checkout_session', input))).externalSessionId
  }
  const subscribe: EmulatedAccount['subscribe'] = async ({ card = '4242424242424242', ...rest } = {}) => {
    const { subscriptionId } = emulator.pay(await openSession(rest), { card })
    if (!subscriptionId) throw new Error('The emulated checkout made no subscription')
    return subscriptionId
  }
  return { emulator, provider, waits, operation, publish, createCustomer, openSession, subscribe }
}

/** What the provider makes of these events, delivered and signed. */
export async function receiveEvents(
  { emulator, provider }: EmulatedAccount,
  events: readonly StripeEvent[],
  render?: (event: StripeEvent) => StripeEvent,
): Promise<ProviderEvent[]> {
  const signedAt = start.getTime() / 1000
  const deliveries = emulator.signed({ events, secret: emulatedSecret, signedAt, ...(render && { render }) })
  const received: ProviderEvent[] = []
  for (const { body, headers } of deliveries) {
    const bytes = new TextEncoder().encode(body)
    const verified = await provider.constructWebhookEvent(bytes, new Headers(headers), { now: start })
    for (const event of verified) received.push(...provider.handleWebhookEvent(event))
  }
  return received
}

export function customerInput(more: Partial<OperationKinds['create_customer']['input']> = {}) {
  return {
    organizationId: 'bhorg_1',
    email: 'acme@example.test',
    name: 'Acme',
    country: 'DE',
    currency: 'EUR',
    ...more,
  }
}

export function sessionInput(
  more: Partial<OperationKinds['create_checkout_session']['input']> & {
    externalCustomerId: string
    externalPriceId: string
  },
) {
  return {
    quantity: 1,
    trialDays: 0,
    successUrl: 'https://app.example.test/ok',
    cancelUrl: 'https://app.example.test/no',
    reference: { organizationId: 'bhorg_1', checkoutSessionId: 'bhcs_1' },
    ...more,
  }
}

export function couponInput(
  more: Partial<OperationKinds['publish_coupon']['input']['coupon']> = {},
): OperationKinds['publish_coupon']['input'] {
  return {
    coupon: {
      ...{ id: 'bhcoupon_1', key: 'spring', name: 'Spring', percentOff: '20', amountOff: null, duration: 'once' },
      ...{ durationInMonths: null, promotionCode: null, maxRedemptions: null, expiresAt: null },
      ...more,
    },
  }
}

export function priceInput(
  more: Partial<OperationKinds['publish_price']['input']['price']> = {},
): OperationKinds['publish_price']['input'] {
  return {
    plan: { id: 'bhplan_pro', key: 'pro', name: 'Pro', description: null, externalProductId: null },
    price: {
      id: 'bhprice_1',
      key: 'pro-monthly',
      currency: 'EUR',
      amount: 4900,
      interval: 'month',
      intervalCount: 1,
      ...more,
    },
  }
}

const unused = () => {
  throw new Error('The Stripe adapter keeps no state of its own')
}
const stateStore: StateStore = { get: unused, put: unused, delete: unused, list: unused, exclusively: unused }
const silent = () => undefined
const host: Omit<ProviderHost, 'fetch'> = {
  providerName: 'stripe-eu',
  baseUrl: 'http://billhook.test',
  webhookUrl: 'http://billhook.test/api/v1/billing/webhooks/stripe-eu/',
  clock: fixedClock(start),
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  stateStore,
}
