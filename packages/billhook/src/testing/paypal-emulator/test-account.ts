import {
  ApiError,
  Client,
  Environment,
  IntervalUnit,
  SubscriptionsController,
  TenureType,
} from '@paypal/paypal-server-sdk'
import type { ApproveOptions } from './approval.ts'
import { type PaypalEmulator, type PaypalEmulatorOptions, startPaypalEmulator } from './start-paypal-emulator.ts'

type PlanRequest = NonNullable<Parameters<SubscriptionsController['createBillingPlan']>[0]['body']>
type SubscriptionRequest = NonNullable<Parameters<SubscriptionsController['createSubscription']>[0]['body']>

/** An emulated account with the official SDK pointed at it: what the emulator's own tests begin with. */
export interface TestAccount {
  emulator: PaypalEmulator
  paypal: SubscriptionsController
  /** A call that the SDK has no method for, with the body parsed. */
  call(method: string, path: string, options?: CallOptions): Promise<{ status: number; body: unknown }>
  createProduct(): Promise<string>
  /** 20.00 EUR a month without end, quantities allowed. */
  createPlan(changes?: Partial<PlanRequest>): Promise<string>
  /** A subscription that waits for its buyer. */
  openSubscription(changes?: Partial<SubscriptionRequest>): Promise<{ id: string; approveUrl: string }>
  /** One that was approved. */
  subscribe(changes?: Partial<SubscriptionRequest>, options?: ApproveOptions): Promise<string>
  subscription(id: string): Promise<NonNullable<Subscription>>
  /** Types of the events since the last call. */
  told(): string[]
}

type Subscription = Awaited<ReturnType<SubscriptionsController['getSubscription']>>['result']

interface CallOptions {
  body?: unknown
  /** Instead of `body`, as it is. */
  text?: string
  headers?: Record<string, string>
  token?: string
}

export const monthly: PlanRequest['billingCycles'][number] = {
  tenureType: TenureType.Regular,
  sequence: 1,
  totalCycles: 0,
  frequency: { intervalUnit: IntervalUnit.Month, intervalCount: 1 },
  pricingScheme: { fixedPrice: { currencyCode: 'EUR', value: '20.00' } },
}

export const applicationContext = {
  returnUrl: 'https://shop.example.test/done?from=paypal',
  cancelUrl: 'https://shop.example.test/back',
}

export async function openTestAccount(options: PaypalEmulatorOptions = {}): Promise<TestAccount> {
  const emulator = await startPaypalEmulator({ startAt: '2027-01-31T12:00:00Z', ...options })
  const paypal = new SubscriptionsController(clientOf(emulator))
  let productId: string | undefined
  let told = 0
  const account: TestAccount = {
    emulator,
    paypal,
    call: (method, path, more = {}) => callApi(emulator, method, path, more),
    createProduct: async () => {
      const made = await account.call('POST', '/v1/catalogs/products', { body: { name: 'Pro', type: 'SERVICE' } })
      return String(Reflect.get(Object(made.body), 'id'))
    },
    createPlan: async (changes = {}) => {
      productId ??= await account.createProduct()
      const body = {
        productId,
        name: 'Pro',
        billingCycles: [monthly],
        paymentPreferences: { paymentFailureThreshold: 2 },
        quantitySupported: true,
        ...changes,
      }
      return (await paypal.createBillingPlan({ body })).result.id ?? ''
    },
    openSubscription: async ({ planId, ...changes } = {}) => {
      const body = { planId: planId ?? (await account.createPlan()), applicationContext, ...changes }
      const { result } = await paypal.createSubscription({ body })
      return { id: result.id ?? '', approveUrl: result.links?.find(({ rel }) => rel === 'approve')?.href ?? '' }
    },
    subscribe: async (changes, approval) => {
      const { id } = await account.openSubscription(changes)
      emulator.approve(id, approval)
      return id
    },
    subscription: async (id) => (await paypal.getSubscription({ id, fields: 'last_failed_payment,plan' })).result,
    told: () => {
      const types = emulator.events.slice(told).map(({ event_type }) => event_type)
      told = emulator.events.length
      return types
    },
  }
  return account
}

/** The SDK knows PayPal's hosts only, so its transport takes every request to the emulator. */
export function clientOf({ baseUrl, clientId, clientSecret }: PaypalEmulator): Client {
  return new Client({
    environment: Environment.Sandbox,
    clientCredentialsAuthCredentials: { oAuthClientId: clientId, oAuthClientSecret: clientSecret },
    unstable_httpClientOptions: {
      adapter: async (request: { url?: string; method?: string; headers?: object; data?: string }) => {
        const { pathname, search } = new URL(request.url ?? '/')
        const response = await fetch(`${baseUrl}${pathname}${search}`, {
          method: request.method?.toUpperCase(),
          headers: Object.fromEntries(Object.entries(request.headers ?? {})),
          body: request.data,
        })
        const headers = Object.fromEntries(response.headers)
        return { data: await response.text(), status: response.status, statusText: '', headers, config: request }
      },
    },
  })
}

async function callApi(
  emulator: PaypalEmulator,
  method: string,
  path: string,
  { body, text, headers, token }: CallOptions,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${emulator.baseUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token ?? (await tokenOf(emulator))}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: text ?? (body === undefined ? undefined : JSON.stringify(body)),
  })
  const answer = await response.text()
  return { status: response.status, body: answer === '' ? null : JSON.parse(answer) }
}

export async function tokenOf({ baseUrl, clientId, clientSecret }: PaypalEmulator): Promise<string> {
  const response = await fetch(`${baseUrl}/v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return Object(await response.json()).access_token
}

/** Fourteen days for nothing, before what is second then. */
export const freeTrial: PlanRequest['billingCycles'][number] = {
  tenureType: TenureType.Trial,
  sequence: 1,
  totalCycles: 1,
  frequency: { intervalUnit: IntervalUnit.Day, intervalCount: 14 },
}

/** All transactions that the SDK's call shows, newest first. */
export async function transactionsOf({ paypal }: TestAccount, id: string) {
  const window = { startTime: '2027-01-01T00:00:00Z', endTime: '2030-01-01T00:00:00Z' }
  return (await paypal.listSubscriptionTransactions({ id, ...window })).result.transactions ?? []
}

/** What a call of the SDK was refused with: the status and the first detail's issue, or the error's name. */
export async function refusalOf(call: Promise<unknown>): Promise<[status: number, issue: string]> {
  const refused = await call.then(
    () => null,
    (cause: unknown) => cause,
  )
  if (!(refused instanceof ApiError)) throw new Error('the call was not refused')
  const { name, details } = Object(JSON.parse(String(refused.body)))
  return [refused.statusCode, details?.[0]?.issue ?? name]
}
