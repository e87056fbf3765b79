import type { InvoiceData, StateStore, SubscriptionData } from 'billhook'

/** What the bank keeps of a subscription besides what it shows. */
export interface SubscriptionRecord {
  data: SubscriptionData
  /** The customer's bank pays every bill by itself. Without one, each bill waits for a transfer. */
  hasStandingOrder: boolean
  periodsBilled: number
}

export interface PriceRecord {
  externalPriceId: string
  externalProductId: string
  name: string
  amount: number
  currency: string
  interval: 'day' | 'week' | 'month' | 'year'
  intervalCount: number
}

/** Reads a record; its instants come back as Dates, which JSON made text of. */
export async function find<T>(store: StateStore, key: string): Promise<T | null> {
  const value = await store.get<T>(key)
  return value === null ? null : revive(value)
}

export async function listAll<T>(store: StateStore, prefix: string): Promise<T[]> {
  return (await store.list<T>(prefix)).map(({ value }) => revive(value))
}

export function revive<T>(value: T): T {
  const text = JSON.stringify(value)
  return JSON.parse(text, (name, inner) =>
    typeof inner === 'string' && /(At|Start|End)$/.test(name) ? new Date(inner) : inner,
  )
}

/** Counts up, so that an id tells what came first. */
export async function nextId(store: StateStore, prefix: string): Promise<string> {
  const next = ((await store.get<number>('counter')) ?? 0) + 1
  await store.put('counter', next)
  return `${prefix}_${String(next).padStart(8, '0')}`
}

/** The end of the n-th period: counted from the anchor, so that the 31st stays the 31st where a month has one. */
export function periodEnd(anchor: Date, { interval, intervalCount }: PriceRecord, periods: number): Date {
  const count = intervalCount * periods
  const end = new Date(anchor)
  if (interval === 'day' || interval === 'week') {
    end.setUTCDate(end.getUTCDate() + count * (interval === 'week' ? 7 : 1))
    return end
  }
  end.setUTCDate(1)
  end.setUTCMonth(end.getUTCMonth() + count * (interval === 'year' ? 12 : 1))
  const daysInMonth = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate()
  end.setUTCDate(Math.min(anchor.getUTCDate(), daysInMonth))
  return end
}

/** A bill for the period that a subscription is in. */
export function billFor(
  { data }: SubscriptionRecord,
  prices: ReadonlyMap<string, PriceRecord>,
  bill: { id: string; reason: InvoiceData['billingReason']; at: Date },
): InvoiceData {
  const { currentPeriodStart: periodStart, currentPeriodEnd } = data
  const lines = data.items.map((item, index) => {
    const price = prices.get(item.externalPriceId)
    return {
      externalLineId: `${bill.id}_${index + 1}`,
      description: price?.name ?? item.externalPriceId,
      quantity: item.quantity,
      amount: (price?.amount ?? 0) * (item.quantity ?? 1),
      externalPriceId: item.externalPriceId,
      periodStart,
      periodEnd: currentPeriodEnd,
      proration: false,
    }
  })
  const total = lines.reduce((sum, { amount }) => sum + amount, 0)
  return {
    externalInvoiceId: bill.id,
    externalCustomerId: data.externalCustomerId,
    externalSubscriptionId: data.externalSubscriptionId,
    number: bill.id.toUpperCase(),
    status: 'open',
    billingReason: bill.reason,
    currency: data.currency,
    ...{ subtotal: total, discount: 0, tax: 0, total, creditApplied: 0 },
    ...{ amountDue: total, amountPaid: 0, amountRemaining: total, amountRefunded: 0 },
    ...{ periodStart, periodEnd: currentPeriodEnd, createdAt: bill.at, dueAt: bill.at, finalizedAt: bill.at },
    ...{ paidAt: null, voidedAt: null, attemptCount: 0, nextPaymentAttemptAt: null, hostedUrl: null, pdfUrl: null },
    lines,
    payments: [],
    reference: data.reference,
  }
}

/** No transfer came on the day: an attempt that failed. */
export function overdue(bill: InvoiceData, at: Date): InvoiceData {
  const attempt = {
    externalPaymentId: `missed_${bill.externalInvoiceId}`,
    status: 'failed' as const,
    amount: bill.amountDue,
    currency: bill.currency,
    declineCode: 'no_transfer',
    failureMessage: 'No transfer arrived in time.',
    attemptedAt: at,
  }
  return { ...bill, attemptCount: 1, payments: [attempt] }
}

export function paid(bill: InvoiceData, at: Date): InvoiceData {
  const payment = {
    externalPaymentId: `transfer_${bill.externalInvoiceId}`,
    status: 'succeeded' as const,
    amount: bill.amountDue,
    currency: bill.currency,
    declineCode: null,
    failureMessage: null,
    attemptedAt: at,
  }
  return {
    ...{ ...bill, status: 'paid', amountPaid: bill.amountDue, amountRemaining: 0, paidAt: at },
    ...{ attemptCount: bill.attemptCount + 1, payments: [...(bill.payments ?? []), payment] },
  }
}
