import pg from 'pg'
import { createTestDatabase } from '../../billhook/src/testing/postgres/index.ts'
import {
  type SignedDelivery,
  type StripeEmulator,
  startStripeEmulator,
} from '../../billhook/src/testing/stripe-emulator/index.ts'
import { openReceiver, type Receiver } from '../../billhook/test/support/webhook-receiver.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { temporaryDirectory } from './run-service.ts'

export const key = 'bh_killed_key_0123456789'
const secret = 'whsec_killed'

/** When a process can be killed: the test notices each of these as it happens. */
export type Moment = 'event sent' | 'event acknowledged' | 'webhook arrived' | 'read at Stripe' | 'write at Stripe'

export interface Answer {
  status: number
  json: Record<string, unknown>
}

/** A Stripe account, a receiver of webhooks and a Postgres, which live on while the processes between them are killed. */
export interface KilledShop {
  fleet: Fleet
  stripe: StripeEmulator
  receiver: Receiver
  database: pg.Client
  /** Ids of the events that were answered 2xx. */
  acknowledged: Set<string>
  /** Called at each of these moments. True: Stripe never hears of the write that it is about. */
  onMoment: (moment: Moment) => boolean
  /** One request; status 0 when the process died before its answer came. */
  ask(
    method: string,
    path: string,
    body?: object,
    how?: { organization?: string; idempotencyKey?: string },
  ): Promise<Answer>
  /** Sends what Stripe has to say: twice each, in another order, and again until it is acknowledged, as Stripe does. */
  sendEvents(order: number): Promise<void>
  /** Somebody changes it in Stripe's dashboard, and it is billed at once. */
  changeQuantity(externalSubscriptionId: string, quantity: number): Promise<void>
  /** Stripe's time is the world's. */
  setClock(): void
  /** While no process lives: ten minutes pass, in which whatever the dead held comes back. */
  pass(): Promise<void>
  close(): Promise<void>
}

export async function openKilledShop(size: number): Promise<KilledShop> {
  const [{ directory, remove }, stripe, receiver, { url, drop }] = await Promise.all([
    temporaryDirectory(),
    startStripeEmulator(),
    openReceiver(),
    createTestDatabase(),
  ])
  const database = new pg.Client({ connectionString: url })
  await database.connect()
  const environment = {
    DATABASE_URL: url,
    BILLHOOK_API_KEY: key,
    BILLHOOK_ALLOW_PRIVATE_WEBHOOKS: '1',
    STRIPE_SECRET_KEY: stripe.apiKey,
    STRIPE_WEBHOOK_SECRET: secret,
    STRIPE_API_BASE: stripe.baseUrl,
  }
  const fleet = await startFleet({ size, directory, environment })
  const acknowledged = new Set<string>()
  const shop: KilledShop = {
    ...{ fleet, stripe, receiver, database, acknowledged },
    onMoment: () => false,
    ask: (method, path, body, how) => ask(fleet, { method, path, body, ...how }),
    sendEvents: async (order) => {
      const deliveries = stripe.signed({ secret, order: 'shuffled', seed: order, duplicate: 1 })
      await sendAll(shop, deliveries)
    },
    changeQuantity: (id, quantity) => changeQuantity(stripe, id, quantity),
    setClock: () => stripe.clock.advance(Math.max(0, Date.now() - stripe.clock.now().getTime())),
    pass: async () => void (await database.query(tenMinutesLater)),
    close: async () => {
      await fleet.stop()
      await database.end()
      await Promise.all([stripe.stop(), receiver.close(), drop(), remove()])
    },
  }
  receiver.answer = (_request, response) => {
    shop.onMoment('webhook arrived')
    response.end()
  }
  const match = (method: string) => shop.onMoment(method === 'GET' ? 'read at Stripe' : 'write at Stripe')
  stripe.faults.next({ kind: 'drop_before', match, times: Number.POSITIVE_INFINITY })
  await openForBusiness(shop)
  return shop
}

async function changeQuantity({ baseUrl, apiKey, state }: StripeEmulator, id: string, quantity: number): Promise<void> {
  const item = state.subscriptions.get(id)?.items.data[0]?.id ?? ''
  const body = new URLSearchParams({
    'items[0][id]': item,
    'items[0][quantity]': String(quantity),
    proration_behavior: 'always_invoice',
  })
  const headers = { authorization: `Bearer ${apiKey}` }
  const { status } = await fetch(`${baseUrl}/v1/subscriptions/${id}`, { method: 'POST', headers, body })
  if (status !== 200) throw new Error(`Stripe answered ${status}`)
}

const tenMinutesLater = `
  update billhook.webhook_events set due_at = due_at - interval '10 min' where status in ('received', 'failed');
  update billhook.deliveries set due_at = due_at - interval '10 min' where status = 'pending';
  update billhook.operations set due_at = due_at - interval '10 min', created_at = created_at - interval '10 min' where status in ('pending', 'unknown');
  update billhook.idempotency_keys set expires_at = expires_at - interval '10 min' where status = 'running'`

async function ask(
  fleet: Fleet,
  {
    method,
    path,
    body,
    organization,
    idempotencyKey,
  }: Parameters<typeof headersOf>[0] & { method: string; path: string; body: object | undefined },
): Promise<Answer> {
  const init = {
    method,
    headers: headersOf({ organization, idempotencyKey }),
    ...(body ? { body: JSON.stringify(body) } : {}),
  }
  try {
    const response = await fetch(`${await fleet.url()}/api/v1${path}`, init)
    return { status: response.status, json: Object(await response.json()) }
  } catch {
    return { status: 0, json: {} }
  }
}

const headersOf = ({
  organization,
  idempotencyKey,
}: {
  organization?: string | undefined
  idempotencyKey?: string | undefined
}) => ({
  authorization: `Bearer ${key}`,
  'content-type': 'application/json',
  ...(organization === undefined ? {} : { 'x-organization-id': organization }),
  ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
})

const atOnce = 6

async function sendAll(shop: KilledShop, deliveries: readonly SignedDelivery[]): Promise<void> {
  const queue = deliveries.values()
  const sender = async (): Promise<void> => {
    for (const delivery of queue) while (!(await sendOne(shop, delivery)));
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
}

async function sendOne(shop: KilledShop, { event, body, headers }: SignedDelivery): Promise<boolean> {
  const url = `${await shop.fleet.url()}/api/v1/billing/webhooks/stripe/`
  const answer = fetch(url, { method: 'POST', body, headers })
  shop.onMoment('event sent')
  const status = await answer.then(
    ({ status }) => status,
    () => 0,
  )
  if (status !== 0 && status !== 200 && status !== 503) throw new Error(`${event.type} was answered ${status}`)
  if (status !== 200) return false
  shop.acknowledged.add(event.id)
  shop.onMoment('event acknowledged')
  return true
}

async function openForBusiness(shop: KilledShop): Promise<void> {
  const prices = [{ key: 'pro-monthly', currency: 'USD', amount: 2900, interval: 'month' }]
  for (const [path, body] of [
    ['/plans/', { key: 'pro', name: 'Pro', features: {}, limits: {}, prices }],
    ['/plans/pro/publish/', { provider: 'stripe' }],
    ['/webhook-endpoints/', { url: shop.receiver.url('/told') }],
  ] as const) {
    const { status, json } = await shop.ask('POST', path, body)
    if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(json)}`)
  }
}
