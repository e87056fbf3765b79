import { type Clock, fixedClock } from '../../../primitives/index.ts'
import { type PaypalEmulator, startPaypalEmulator } from '../../../testing/paypal-emulator/index.ts'
import type { OperationKind, OperationKinds, ProviderOperation } from '../../operation.ts'
import type { ProviderHost, StateStore } from '../../provider.ts'
import { type PayPalOptions, PayPalProvider, paypalProvider } from '../index.ts'

/** For the tests of this folder: a provider whose account is the emulator, and what they do over and over. */
export interface EmulatedAccount {
  emulator: PaypalEmulator
  provider: PayPalProvider
  /** Milliseconds the provider asked to wait, in order. */
  waits: number[]
  operation<K extends OperationKind>(kind: K, input: OperationKinds[K]['input'], id?: string): ProviderOperation<K>
  /** A plan at PayPal, by its price in minor units. */
  publish(amount: number, price?: Partial<OperationKinds['publish_price']['input']['price']>): Promise<string>
  /** A subscription that waits for approval. */
  openSession(options?: SessionOptions): Promise<string>
  /** Approved; answers the subscription's id. */
  subscribe(
    options?: SessionOptions & { funding?: 'pays' | 'declines' | 'fails_later'; source?: 'paypal' | 'card' },
  ): Promise<string>
}

interface SessionOptions {
  price?: string
  trialDays?: number
  quantity?: number
}

interface AccountOptions {
  clock?: Clock
  options?: Partial<PayPalOptions>
  way?: typeof fetch
}

export const emulatedStart = '2026-03-02T12:00:00Z'
export const reference = { organizationId: 'bhorg_1', checkoutSessionId: 'bhcs_1' }

export async function startEmulatedAccount({
  clock = fixedClock(emulatedStart),
  options = {},
  way = fetch,
}: AccountOptions = {}): Promise<EmulatedAccount> {
  const emulator = await startPaypalEmulator({ startAt: clock.now().toISOString(), wallClock: () => clock.now() })
  const waits: number[] = []
  const provider = makeProvider(emulator, options, { ...host, clock, fetch: way }, waits)
  let serial = 0
  const operation: EmulatedAccount['operation'] = (kind, input, id) => {
    serial += 1
    const operationId = id ?? `bhop_${serial}`
    return { id: operationId, kind, idempotencyKey: `key-${operationId}`, input, startedAt: clock.now() }
  }
  const publish: EmulatedAccount['publish'] = async (amount, price) => {
    const input = priceInput({ id: `bhprice_${amount}`, amount, ...price })
    return (await provider.publishPrice(input, operation('publish_price', input))).externalPriceId
  }
  const openSession: EmulatedAccount['openSession'] = async ({ price, trialDays = 0, quantity = 1 } = {}) => {
    const input = sessionInput({ externalPriceId: price ?? (await publish(4900)), trialDays, quantity })
    return (await provider.createCheckoutSession(input, operation('create_checkout_session', input))).externalSessionId
  }
  const subscribe: EmulatedAccount['subscribe'] = async ({ funding = 'pays', source = 'paypal', ...rest } = {}) => {
    const id = await openSession(rest)
    emulator.approve(id, { funding, source })
    return id
  }
  return { emulator, provider, waits, operation, publish, openSession, subscribe }
}

export function makeProvider(
  emulator: PaypalEmulator,
  options: Partial<PayPalOptions>,
  itsHost: ProviderHost,
  waits: number[] = [],
): PayPalProvider {
  const make = paypalProvider(
    {
      clientId: emulator.clientId,
      clientSecret: emulator.clientSecret,
      mode: 'sandbox',
      webhookId: emulator.webhookId,
      apiBase: emulator.baseUrl,
      trustedRoots: [emulator.certificateAuthority],
      ...options,
    },
    { sleep: async (ms) => waits.push(ms), random: () => 0.5 },
  )
  const provider = make(itsHost)
  if (!(provider instanceof PayPalProvider)) throw new Error('paypalProvider made something else')
  return provider
}

export function sessionInput(
  more: Partial<OperationKinds['create_checkout_session']['input']> & { externalPriceId: string },
) {
  return {
    externalCustomerId: 'paypal_bhorg_1',
    quantity: 1,
    trialDays: 0,
    successUrl: 'https://app.example.test/ok',
    cancelUrl: 'https://app.example.test/no',
    reference,
    ...more,
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
  throw new Error('The PayPal adapter keeps no state of its own')
}
const stateStore: StateStore = { get: unused, put: unused, delete: unused, list: unused, exclusively: unused }
const silent = () => undefined
export const host: ProviderHost = {
  providerName: 'paypal-eu',
  baseUrl: 'http://billhook.test',
  webhookUrl: 'http://billhook.test/api/v1/billing/webhooks/paypal-eu/',
  clock: fixedClock(emulatedStart),
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  stateStore,
  fetch,
}
