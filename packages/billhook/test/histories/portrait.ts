import { sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../src/db/index.ts'
import {
  type BasePaymentProvider,
  type InvoiceData,
  type SubscriptionData,
  terminalStatuses,
} from '../../src/providers/provider.ts'

/** Subscriptions and invoices in the words of the contract, whoever they were read from. */
export interface Portrait {
  subscriptions: object[]
  invoices: object[]
}

/** What the provider says by itself, asked for object by object. */
export async function portraitAtProvider(
  provider: BasePaymentProvider,
  customers: readonly string[],
): Promise<Portrait> {
  const portrait: Portrait = { subscriptions: [], invoices: [] }
  for (const externalCustomerId of customers) {
    const subscriptions = await provider.listSubscriptions({ externalCustomerId })
    for (const { externalSubscriptionId } of subscriptions.data)
      portrait.subscriptions.push(plainSubscription(await provider.retrieveSubscription(externalSubscriptionId)))
    const invoices = await provider.listInvoices({ externalCustomerId })
    for (const { externalInvoiceId } of invoices.data)
      portrait.invoices.push(plainInvoice(await provider.retrieveInvoice(externalInvoiceId)))
  }
  return portrait
}

type Terminal = (typeof terminalStatuses)[number]

function plainSubscription({
  reference: _,
  latestExternalInvoiceId: __,
  terms: ___,
  collectsNothingSince: ____,
  ...data
}: SubscriptionData): object {
  const hasEnded = terminalStatuses.includes(data.status as Terminal)
  return {
    ...data,
    items: data.items.toSorted((a, b) => (a.externalItemId < b.externalItemId ? -1 : 1)),
    // What the contract lets a provider leave open, and the writer settles.
    canceledAt: data.canceledAt ?? data.endedAt,
    pause: hasEnded || !data.pause ? null : { kind: data.pause.kind, resumesAt: data.pause.resumesAt },
  }
}

function plainInvoice({ reference: _, payments, ...data }: InvoiceData): object {
  const distinct = new Map((payments ?? []).map((payment) => [payment.externalPaymentId, payment]))
  return {
    ...data,
    payments: [...distinct.values()].toSorted((a, b) => (a.externalPaymentId < b.externalPaymentId ? -1 : 1)),
  }
}

const mine = (organizationIds: readonly string[]) => sql`${sql.raw(`array['${organizationIds.join("','")}']`)}`

/** The same, put together from our rows alone. */
export async function portraitHere(database: Database, organizationIds: readonly string[]): Promise<Portrait> {
  const subscriptions = await rowsOf<SubscriptionRecord>(
    database.drizzle.execute(sql`select s.*, b.external_subscription_id, b.external_status, b.hold_ends_at, c.external_customer_id,
        (select json_agg(json_build_object('externalItemId', i.external_item_id, 'externalPriceId', i.external_price_id,
            'quantity', i.quantity) order by i.external_item_id) from billhook.subscription_items i where i.binding_id = b.id) as items
      from billhook.bindings b join billhook.subscriptions s on s.id = b.subscription_id
        join billhook.customers c on c.id = b.customer_id where b.organization_id = any(${mine(organizationIds)})`),
  )
  const invoices = await rowsOf<InvoiceRecord>(
    database.drizzle.execute(sql`select i.*, c.external_customer_id, b.external_subscription_id,
        (select json_agg(to_jsonb(l) || jsonb_build_object('external_price_id', (select pp.external_price_id
            from billhook.provider_prices pp where pp.price_id = l.price_id)) order by l.ordinal)
          from billhook.invoice_lines l where l.invoice_id = i.id) as lines,
        (select json_agg(to_jsonb(p) order by p.external_payment_id) from billhook.payment_allocations a
          join billhook.payments p on p.id = a.payment_id where a.invoice_id = i.id) as payments
      from billhook.invoices i join billhook.customers c on c.id = i.customer_id left join billhook.bindings b on b.id = i.binding_id
      where i.organization_id = any(${mine(organizationIds)})`),
  )
  return { subscriptions: subscriptions.map(subscriptionHere), invoices: invoices.map(invoiceHere) }
}

type Json = Record<string, unknown>
interface SubscriptionRecord extends Json {
  items: unknown[] | null
}
interface InvoiceRecord extends Json {
  lines: Json[] | null
  payments: Json[] | null
}

const instant = (value: unknown): Date | null =>
  value === null || value === undefined ? null : new Date(value as string | Date)

const subscriptionHere = (row: SubscriptionRecord): object => ({
  ...plainSubscriptionHere(row),
  ...(row.hold_ends_at !== null && atProviderWhileHeld(row)),
})

/** A pause that stands for an end of ours is a pause there. */
const atProviderWhileHeld = ({ external_status: status }: SubscriptionRecord): object => ({
  ...{ status, cancelAt: null, canceledAt: null },
  pause: status === 'paused' ? { kind: 'service', resumesAt: null } : null,
})

const plainSubscriptionHere = (row: SubscriptionRecord): object => ({
  externalSubscriptionId: row.external_subscription_id,
  externalCustomerId: row.external_customer_id,
  status: row.status,
  currency: row.currency,
  items: row.items ?? [],
  currentPeriodStart: instant(row.current_period_start),
  currentPeriodEnd: instant(row.current_period_end),
  billingAnchorAt: instant(row.billing_anchor_at),
  startedAt: instant(row.started_at),
  trialStart: instant(row.trial_start),
  trialEnd: instant(row.trial_end),
  cancelAt: instant(row.cancel_at),
  canceledAt: instant(row.canceled_at),
  endedAt: instant(row.ended_at),
  pause: row.pause_kind === null ? null : { kind: row.pause_kind, resumesAt: instant(row.pause_resumes_at) },
})

const invoiceHere = (row: InvoiceRecord): object => ({
  externalInvoiceId: row.external_invoice_id,
  externalCustomerId: row.external_customer_id,
  externalSubscriptionId: row.external_subscription_id,
  number: row.number,
  status: row.status,
  billingReason: row.billing_reason,
  currency: row.currency,
  subtotal: Number(row.subtotal),
  discount: Number(row.discount),
  tax: Number(row.tax),
  total: Number(row.total),
  creditApplied: Number(row.credit_applied),
  amountDue: Number(row.amount_due),
  amountPaid: Number(row.amount_paid),
  amountRemaining: Number(row.amount_remaining),
  amountRefunded: Number(row.amount_refunded),
  periodStart: instant(row.period_start),
  periodEnd: instant(row.period_end),
  createdAt: instant(row.created_at),
  dueAt: instant(row.due_at),
  finalizedAt: instant(row.finalized_at),
  paidAt: instant(row.paid_at),
  voidedAt: instant(row.voided_at),
  attemptCount: row.attempt_count,
  nextPaymentAttemptAt: instant(row.next_payment_attempt_at),
  hostedUrl: row.hosted_url,
  pdfUrl: row.pdf_url,
  lines: (row.lines ?? []).map(lineHere),
  payments: (row.payments ?? []).map(paymentHere),
})

const lineHere = (line: Json): object => ({
  externalLineId: line.external_line_id,
  description: line.description,
  quantity: line.quantity,
  amount: Number(line.amount),
  externalPriceId: line.external_price_id,
  periodStart: instant(line.period_start),
  periodEnd: instant(line.period_end),
  proration: line.proration,
})

const paymentHere = (payment: Json): object => ({
  externalPaymentId: payment.external_payment_id,
  status: payment.status,
  amount: Number(payment.amount),
  currency: payment.currency,
  declineCode: payment.decline_code,
  failureMessage: payment.failure_message,
  attemptedAt: instant(payment.attempted_at),
})
