import { latestCharges } from '../latest-charges.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { ChargeData, Page } from '../snapshots.ts'
import type { PayPalClient } from './client.ts'
import { UnreadableObject, understand } from './errors.ts'
import { type Charged, chargedOf, normalizeFailedPayment, normalizeTransaction } from './normalize-charge.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { readSubscriptionWire } from './subscriptions.ts'
import { listToldRefunds } from './told-refunds.ts'
import type { SubscriptionWire } from './wire.ts'
import { type Transaction, transactionListWire } from './wire-money.ts'

const dayMs = 86_400_000
/** PayPal wants both ends of a range and names no longest one; its own example asks for seven months. */
const windowMs = 180 * dayMs
/** A charge of this minute must be inside, whatever the two clocks say. */
const aheadMs = dayMs

interface Window {
  from: Date
  to: Date
}

/** A page is a stretch of time. The last one has the newest failed attempt too, which the list may lag behind. */
export async function listCharges(
  client: PayPalClient,
  { externalSubscriptionId: id, cursor = null }: { externalSubscriptionId: string; cursor?: string | null },
): Promise<Page<ChargeData>> {
  const wire = await readSubscriptionWire(client, id)
  const end = new Date(newestTime(client, wire) + aheadMs)
  const from = cursor === null ? startOf(client.provider, wire) : readCursor(client.provider, cursor)
  const to = new Date(Math.min(end.getTime(), from.getTime() + windowMs))
  const data = await chargesIn(client, wire, { from, to })
  if (to < end) return { data, nextCursor: to.toISOString() }
  return { data: withNewestFailure(client, wire, data), nextCursor: null }
}

/** Of the whole life of a subscription, each once. */
export async function listAllCharges(client: PayPalClient, externalSubscriptionId: string): Promise<ChargeData[]> {
  const all = new Map<string, ChargeData>()
  let cursor: string | null = null
  do {
    const page: Page<ChargeData> = await listCharges(client, { externalSubscriptionId, cursor })
    for (const charge of page.data) all.set(charge.externalPaymentId, charge)
    cursor = page.nextCursor
  } while (cursor)
  return [...all.values()]
}

async function chargesIn(client: PayPalClient, wire: SubscriptionWire, window: Window): Promise<ChargeData[]> {
  const charged = chargedOf(wire)
  const transactions = await listTransactions(client, wire.id, window)
  const charges: ChargeData[] = []
  for (const transaction of transactions) charges.push(await chargeOf(client, transaction, charged))
  return charges.toSorted((a, b) => a.attemptedAt.getTime() - b.attemptedAt.getTime())
}

async function chargeOf(client: PayPalClient, transaction: Transaction, charged: Charged): Promise<ChargeData> {
  const charge = understand(client.provider, () => normalizeTransaction(transaction, charged))
  if (transaction.status !== 'PARTIALLY_REFUNDED') return charge
  const refunds = (await listToldRefunds(client, transaction.id, charge.attemptedAt)).map((wire) =>
    understand(client.provider, () =>
      normalizeRefund(wire, { externalPaymentId: transaction.id, toldAt: charge.attemptedAt }),
    ),
  )
  const amountRefunded = refunds
    .filter(({ status }) => status !== 'failed')
    .reduce((sum, { amount }) => sum + amount, 0)
  return { ...charge, amountRefunded }
}

/** No way to the second page is documented, so a stretch that does not fit on one is asked for in halves. */
async function listTransactions(client: PayPalClient, id: string, { from, to }: Window): Promise<Transaction[]> {
  const startTime = from.toISOString()
  const endTime = to.toISOString()
  const list = await client.call('read', transactionListWire, (api) =>
    api.listSubscriptionTransactions({ id, startTime, endTime }),
  )
  const transactions = list.transactions ?? []
  const isCut = (list.total_pages ?? 1) > 1 || (list.total_items ?? 0) > transactions.length
  if (!isCut || to.getTime() - from.getTime() < 2000) return transactions
  const middle = new Date(Math.floor((from.getTime() + to.getTime()) / 2000) * 1000)
  const first = await listTransactions(client, id, { from, to: middle })
  const second = await listTransactions(client, id, { from: middle, to })
  return [...new Map([...first, ...second].map((transaction) => [transaction.id, transaction])).values()]
}

function withNewestFailure(client: PayPalClient, wire: SubscriptionWire, charges: ChargeData[]): ChargeData[] {
  const newest = understand(client.provider, () =>
    normalizeFailedPayment(wire.billing_info?.last_failed_payment, chargedOf(wire)),
  )
  return newest ? latestCharges([...charges, newest]) : charges
}

/** Whichever of the two clocks is ahead, ours or PayPal's. */
function newestTime(client: PayPalClient, { update_time, billing_info: info }: SubscriptionWire): number {
  const told = [update_time, info?.last_payment?.time, info?.last_failed_payment?.time]
  return Math.max(client.clock.now().getTime(), ...told.map((time) => time?.getTime() ?? 0))
}

function startOf(provider: string, { id, create_time, start_time }: SubscriptionWire): Date {
  const times = [create_time, start_time].filter((time) => time !== null)
  if (times.length === 0) return understand(provider, () => noStart(id))
  return new Date(Math.min(...times.map((time) => time.getTime())) - dayMs)
}

function noStart(id: string): never {
  throw new UnreadableObject(`PayPal's subscription ${id} shows no start.`)
}

function readCursor(provider: string, cursor: string): Date {
  const at = new Date(cursor)
  if (!Number.isNaN(at.getTime())) return at
  throw new PaymentProviderError({
    provider,
    code: 'provider_rejected',
    detail: `"${cursor}" is no cursor of this list.`,
  })
}
