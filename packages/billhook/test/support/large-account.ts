import { sql } from 'drizzle-orm'
import type { BillingService } from '../../src/index.ts'
import {
  type InvoiceData,
  type PageRequest,
  PaymentProviderError,
  type ProviderHost,
  type SubscriptionData,
} from '../../src/providers/provider.ts'
import { SandboxProvider } from '../../src/providers/sandbox/index.ts'

const periodStart = new Date('2026-01-01T00:00:00Z')
const periodEnd = new Date('2026-02-01T00:00:00Z')

const numbered = (kind: string, n: number) => `big_${kind}_${String(n).padStart(7, '0')}`
const numberOf = (id: string) => Number(id.slice(-7))

export interface Size {
  subscriptions: number
  invoices: number
}

/** An account whose n-th customer has one subscription and, as long as there are any, one paid bill: computed, and kept nowhere. */
export class LargeAccount extends SandboxProvider {
  readonly size: Size
  externalPriceId = ''
  /** Another state than the usual one, by external id. */
  readonly odd = new Map<string, Partial<SubscriptionData>>()
  /** Pages that were read, by the cursor they were asked for with. */
  readonly read: string[] = []
  /** Throws in the place of a page, or never comes back. */
  beforePage: (cursor: string | null) => Promise<void> | void = () => {}
  /** Sees each page. */
  onPage: (page: object) => void = () => {}

  constructor(host: ProviderHost, size: Size) {
    super(host)
    this.size = size
  }

  override readonly account = {
    listCustomers: () => Promise.reject(new Error('nobody asks for customers here')),
    retrieveCustomer: () => Promise.reject(new Error('nobody asks for customers here')),
    listPrices: () => Promise.reject(new Error('nobody asks for prices here')),
    retrievePrice: () => Promise.reject(new Error('nobody asks for prices here')),
    listSubscriptions: async (request: PageRequest) =>
      this.#page(request, this.size.subscriptions, 'sub', (n) => this.subscription(n)),
    listInvoices: async (request: PageRequest) =>
      this.#page(request, this.size.invoices, 'inv', (n) => this.invoice(n)),
  }

  override async retrieveSubscription(id: string): Promise<SubscriptionData> {
    return this.subscription(this.#known(id, this.size.subscriptions))
  }

  override async retrieveInvoice(id: string): Promise<InvoiceData> {
    return this.invoice(this.#known(id, this.size.invoices))
  }

  #known(id: string, size: number): number {
    const n = numberOf(id)
    if (n >= 1 && n <= size) return n
    throw new PaymentProviderError({
      provider: this.providerName,
      code: 'resource_missing',
      detail: `There is no ${id}.`,
      retryable: false,
      outcome: 'failed',
    })
  }

  async #page<T>({ cursor, limit = 100 }: PageRequest, size: number, kind: string, make: (n: number) => T) {
    await this.beforePage(cursor)
    this.read.push(cursor ?? kind)
    const first = cursor === null ? 1 : numberOf(cursor) + 1
    const last = Math.min(size, first + limit - 1)
    const data = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => make(first + at))
    this.onPage(data)
    return { data, unreadable: [], nextCursor: last < size ? numbered(kind, last) : null }
  }

  subscription(n: number): SubscriptionData {
    const externalSubscriptionId = numbered('sub', n)
    return {
      externalSubscriptionId,
      externalCustomerId: numbered('cus', n),
      status: 'active',
      currency: 'EUR',
      items: [{ externalItemId: numbered('item', n), externalPriceId: this.externalPriceId, quantity: 1 }],
      currentPeriodStart: periodStart,
      currentPeriodEnd: periodEnd,
      billingAnchorAt: periodStart,
      startedAt: periodStart,
      trialStart: null,
      trialEnd: null,
      cancelAt: null,
      canceledAt: null,
      endedAt: null,
      pause: null,
      latestExternalInvoiceId: numbered('inv', n),
      reference: {},
      ...this.odd.get(externalSubscriptionId),
    }
  }

  invoice(n: number): InvoiceData {
    const money = { subtotal: 1000, discount: 0, tax: 0, total: 1000, creditApplied: 0 }
    return {
      ...money,
      externalInvoiceId: numbered('inv', n),
      externalCustomerId: numbered('cus', n),
      externalSubscriptionId: numbered('sub', n),
      number: numbered('no', n),
      status: 'paid',
      billingReason: 'subscription_create',
      currency: 'EUR',
      amountDue: 1000,
      amountPaid: 1000,
      amountRemaining: 0,
      amountRefunded: 0,
      periodStart,
      periodEnd,
      createdAt: periodStart,
      dueAt: null,
      finalizedAt: periodStart,
      paidAt: periodStart,
      voidedAt: null,
      attemptCount: 1,
      nextPaymentAttemptAt: null,
      hostedUrl: null,
      pdfUrl: null,
      lines: [
        {
          externalLineId: numbered('line', n),
          description: 'a month',
          quantity: 1,
          amount: 1000,
          externalPriceId: this.externalPriceId,
          periodStart,
          periodEnd,
          proration: false,
        },
      ],
      payments: [
        {
          externalPaymentId: numbered('pay', n),
          status: 'succeeded',
          amount: 1000,
          currency: 'EUR',
          declineCode: null,
          failureMessage: null,
          attemptedAt: periodStart,
        },
      ],
      reference: {},
    }
  }
}

/** Keeps an account as if every webhook of it had come, in a few statements for any number of customers. */
export async function keepLargeAccount(
  { createPlan, publishPlan, ctx }: Pick<BillingService, 'createPlan' | 'publishPlan' | 'ctx'>,
  account: LargeAccount,
): Promise<void> {
  const price = { key: 'big-monthly', currency: 'EUR', amount: 1000, interval: 'month', intervalCount: 1 } as const
  const plan = await createPlan({ key: 'big', name: 'big', prices: [price] })
  await publishPlan({ planId: plan.id, provider: account.providerName })
  const { rows } = (await ctx.db.drizzle.execute(
    sql`select external_price_id as external, price_id as id from billhook.provider_prices where provider = ${account.providerName}`,
  )) as unknown as { rows: Array<{ external: string; id: string }> }
  account.externalPriceId = rows[0]?.external ?? ''
  const words = {
    provider: account.providerName,
    subscriptions: String(account.size.subscriptions),
    invoices: String(account.size.invoices),
    plan: plan.id,
    price: rows[0]?.id ?? '',
    external: account.externalPriceId,
  }
  // A live subscription and its binding come together.
  await ctx.db.drizzle.transaction(async (tx) => {
    for (const statement of statements) await tx.execute(sql.raw(filled(statement, words)))
  })
}

const filled = (text: string, words: Record<string, string>) =>
  text.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => words[word] ?? '')

const id = (prefix: string) => `'${prefix}_00000000000170008000' || lpad(to_hex(n), 12, '0')`
const theirs = (kind: string) => `'big_${kind}_' || lpad(n::text, 7, '0')`
const from = `timestamptz '${periodStart.toISOString()}'`
const to = `timestamptz '${periodEnd.toISOString()}'`
const everyone = 'from generate_series(1, {{subscriptions}}) as n'
const everyInvoice = 'from generate_series(1, {{invoices}}) as n'

const statements = [
  `insert into billhook.organizations (id, external_id, name, email, country, currency, timezone, metadata, created_at, updated_at)
    select ${id('bhorg')}, 'big-' || n, 'big', 'big@a.test', 'DE', 'EUR', 'UTC', '{}', ${from}, ${from} ${everyone}`,
  `insert into billhook.customers (id, organization_id, provider, provider_kind, external_customer_id, currency, created_at, updated_at)
    select ${id('bhcus')}, ${id('bhorg')}, '{{provider}}', 'sandbox', ${theirs('cus')}, 'EUR', ${from}, ${from} ${everyone}`,
  `insert into billhook.subscriptions (id, organization_id, product_line, plan_id, price_id, status, quantity, currency, started_at,
      current_period_start, current_period_end, billing_anchor_at, cycle_no, paid_through_at, next_action_at, created_at, updated_at)
    select ${id('bhsub')}, ${id('bhorg')}, 'main', '{{plan}}', '{{price}}', 'active', 1, 'EUR', ${from},
      ${from}, ${to}, ${from}, 1, ${to}, ${to}, ${from}, ${from} ${everyone}`,
  `insert into billhook.bindings (id, organization_id, subscription_id, customer_id, provider, provider_kind, external_subscription_id, role,
      external_status, observed_at, observed_by, snapshot_digest, ticket_issued, ticket_applied, created_at, updated_at)
    select ${id('bhbind')}, ${id('bhorg')}, ${id('bhsub')}, ${id('bhcus')}, '{{provider}}', 'sandbox', ${theirs('sub')}, 'billing',
      'active', ${from}, 'event', 'none', 1, 1, ${from}, ${from} ${everyone}`,
  `insert into billhook.subscription_items (id, organization_id, subscription_id, binding_id, external_item_id, external_price_id, price_id, quantity, created_at)
    select ${id('bhsi')}, ${id('bhorg')}, ${id('bhsub')}, ${id('bhbind')}, ${theirs('item')}, '{{external}}', '{{price}}', 1, ${from} ${everyone}`,
  `insert into billhook.subscription_periods (id, organization_id, subscription_id, binding_id, ordinal, start_at, end_at, created_at)
    select ${id('bhper')}, ${id('bhorg')}, ${id('bhsub')}, ${id('bhbind')}, 1, ${from}, ${to}, ${from} ${everyone}`,
  `with made as (insert into billhook.invoices (id, organization_id, customer_id, subscription_id, binding_id, provider, provider_kind,
      external_invoice_id, external_payment_intent_id, number, number_source, status, billing_reason, currency, subtotal, discount, tax, total,
      credit_applied, amount_due, amount_paid, amount_remaining, amount_refunded, period_start, period_end, finalized_at, paid_at, attempt_count,
      observed_at, observed_by, snapshot_digest, ticket_issued, ticket_applied, created_at, updated_at)
    select ${id('bhinv')}, ${id('bhorg')}, ${id('bhcus')}, ${id('bhsub')}, ${id('bhbind')}, '{{provider}}', 'sandbox', ${theirs('inv')},
      ${theirs('pay')}, ${theirs('no')}, 'provider', 'paid', 'subscription_create', 'EUR', 1000, 0, 0, 1000, 0, 1000, 1000, 0, 0, ${from}, ${to},
      ${from}, ${from}, 1, ${from}, 'event', 'none', 1, 1, ${from}, ${from} ${everyInvoice} returning 1)
    insert into billhook.invoice_lines (id, organization_id, invoice_id, ordinal, external_line_id, description, quantity, amount, price_id, period_start, period_end)
    select ${id('bhline')}, ${id('bhorg')}, ${id('bhinv')}, 1, ${theirs('line')}, 'a month', 1, 1000, '{{price}}', ${from}, ${to} ${everyInvoice}`,
  `insert into billhook.payments (id, organization_id, customer_id, binding_id, provider, provider_kind, external_payment_id, status, currency, amount, attempted_at, created_at, updated_at)
    select ${id('bhpay')}, ${id('bhorg')}, ${id('bhcus')}, ${id('bhbind')}, '{{provider}}', 'sandbox', ${theirs('pay')}, 'succeeded', 'EUR', 1000, ${from}, ${from}, ${from} ${everyInvoice}`,
  ...['customer cus bhcus', 'subscription sub bhsub', 'invoice inv bhinv', 'payment pay bhpay'].map((line) => {
    const [kind, word = '', prefix = ''] = line.split(' ')
    return `insert into billhook.external_refs (provider, kind, external_id, organization_id, object_id)
      select '{{provider}}', '${kind}', ${theirs(word)}, ${id('bhorg')}, ${id(prefix)} ${word === 'cus' || word === 'sub' ? everyone : everyInvoice}`
  }),
]
