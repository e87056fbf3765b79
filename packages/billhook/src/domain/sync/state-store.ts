import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { type OrganizationsScope, rowFromRecord, rowsOf, type Statement } from '../../db/index.ts'
import {
  bindings,
  checkoutSessions,
  invoiceLines,
  invoiceSequences,
  invoices,
  subscriptionChanges,
  subscriptionItems,
  subscriptionPeriods,
  subscriptions,
} from '../../db/schema/index.ts'
import { liveStatuses } from '../../providers/provider.ts'
import { type HoldOperations, holdOf } from './hold.ts'
import type { LiveSubscription, SyncState, Wanted } from './state.ts'
import type { MappedPrice } from './store.ts'

type Json = Record<string, unknown>
interface StateRecord {
  organization_id: string
  binding: Json | null
  hold: HoldOperations | null
  subscription: Json | null
  live: Array<{ row: Json; billedBy: LiveSubscription['billedBy'] }> | null
  items: Json[] | null
  change: Json | null
  customer_id: string | null
  checkout: Json | null
  prices: MappedPrice[] | null
  period: Json | null
  last_period: Json | null
  debts: Array<{ id: string; since: string }> | null
  invoice: Json | null
  lines: Json[] | null
  sequence: Json | null
  payments: Array<{ id: string; external_id: string }> | null
  refunded: number | null
}

const live = liveStatuses.map((status) => `'${status}'`).join(', ')

/** Looked up one by one (that is what `limit 1` is for). One row for each thing that is wanted, in order; each column is an object or a list of them, as `to_jsonb` shows rows. */
const stateQuery = sql.raw(`
  left join lateral (select * from billhook.bindings x where x.organization_id = w.organization_id and x.provider = w.provider
    and x.external_subscription_id = w.external_subscription_id limit 1) b on true
  left join lateral (select * from billhook.invoices x where x.organization_id = w.organization_id and x.provider = w.provider
    and x.external_invoice_id = w.external_invoice_id limit 1) i on true
  left join lateral (select * from billhook.subscriptions x where x.organization_id = w.organization_id
    and x.id = coalesce(b.subscription_id, i.subscription_id) limit 1) s on true
  order by w.n`)

const stateColumns = sql.raw(`
  w.organization_id, to_jsonb(b) as binding, to_jsonb(s) as subscription, to_jsonb(i) as invoice,
  case when b.hold_ends_at is not null then jsonb_build_object(
    'intent', (select x.status from billhook.operations x
      where x.organization_id = w.organization_id and x.id = b.hold_operation_id),
    'is_releasing', exists (select 1 from billhook.operations x
      where x.organization_id = w.organization_id and x.subscription_id = b.subscription_id
        and x.kind = 'resume_subscription' and x.status in ('pending', 'unknown'))) end as hold,
  (select jsonb_agg(jsonb_build_object('row', to_jsonb(x), 'billedBy',
      (select jsonb_build_object('provider', y.provider, 'externalSubscriptionId', y.external_subscription_id) from billhook.bindings y
        where y.subscription_id = x.id and y.role = 'billing')))
    from billhook.subscriptions x where x.organization_id = w.organization_id and x.status in (${live})) as live,
  (select jsonb_agg(to_jsonb(x)) from billhook.subscription_items x
    where x.organization_id = w.organization_id and x.binding_id = b.id) as items,
  (select to_jsonb(x) from billhook.subscription_changes x
    where x.organization_id = w.organization_id and x.subscription_id = s.id and x.status = 'open') as change,
  (select x.id from billhook.customers x where x.organization_id = w.organization_id and x.provider = w.provider
    and x.external_customer_id = w.external_customer_id) as customer_id,
  (select to_jsonb(x) from billhook.checkout_sessions x
    where x.organization_id = w.organization_id and x.id = w.checkout_session_id) as checkout,
  (select jsonb_agg(jsonb_build_object('externalPriceId', pp.external_price_id, 'priceId', p.id, 'amount', p.amount,
      'currency', p.currency, 'planId', l.id, 'productLine', l.product_line) order by pp.external_price_id)
    from billhook.provider_prices pp join billhook.prices p on p.id = pp.price_id join billhook.plans l on l.id = p.plan_id
    where pp.provider = w.provider and pp.external_price_id = any(w.external_price_ids)) as prices,
  (select to_jsonb(x) from billhook.subscription_periods x
    where x.organization_id = w.organization_id and x.subscription_id = s.id and x.start_at = w.period_start) as period,
  (select to_jsonb(x) from billhook.subscription_periods x
    where x.organization_id = w.organization_id and x.subscription_id = s.id order by x.ordinal desc limit 1) as last_period,
  (select jsonb_agg(jsonb_build_object('id', x.id, 'since', coalesce(x.due_at, x.finalized_at, x.created_at)))
    from billhook.invoices x where x.organization_id = w.organization_id and x.subscription_id = s.id
      and x.status in ('open', 'uncollectible') and x.amount_remaining > 0) as debts,
  (select jsonb_agg(to_jsonb(x) order by x.ordinal) from billhook.invoice_lines x
    where x.organization_id = w.organization_id and x.invoice_id = i.id) as lines,
  (select to_jsonb(x) from billhook.invoice_sequences x where x.organization_id = w.organization_id) as sequence,
  (select jsonb_agg(jsonb_build_object('id', x.id, 'external_id', x.external_payment_id)) from billhook.payments x
    where x.organization_id = w.organization_id and x.provider = w.provider
      and x.external_payment_id = any(w.external_payment_ids)) as payments,
  (select sum(x.amount) from billhook.refunds x
    where x.organization_id = w.organization_id and x.invoice_id = i.id and x.status = 'succeeded')::float8 as refunded`)

/** Reads what each decision looks at, in one statement. The caller holds the organizations' locks. */
export const loadStates = async ({ tx }: OrganizationsScope, wanted: readonly Wanted[]): Promise<SyncState[]> =>
  toStates(await rowsOf(tx.execute(statesQuestion(wanted))))

/** The same as a question that is asked with others; `toStates` reads the answer. */
export function statesQuestion(wanted: readonly Wanted[]): Statement {
  const records = wanted.map((one, n) => ({
    n,
    organization_id: one.organizationId,
    provider: one.provider,
    external_subscription_id: one.externalSubscriptionId,
    external_invoice_id: one.externalInvoiceId,
    external_customer_id: one.externalCustomerId,
    external_price_ids: one.externalPriceIds,
    external_payment_ids: one.externalPaymentIds,
    checkout_session_id: one.checkoutSessionId,
    period_start: one.periodStart,
  }))
  return sql`select ${stateColumns} from json_to_recordset(${JSON.stringify(records)}::json) as w(n int, organization_id text,
      provider text, external_subscription_id text, external_invoice_id text, external_customer_id text, external_price_ids text[],
      external_payment_ids text[], checkout_session_id text, period_start timestamptz) ${stateQuery}`
}

export const toStates = (rows: unknown[]): SyncState[] => (rows as StateRecord[]).map((row) => stateOf(row))

const one = <T extends PgTable>(table: T, record: Json | null): T['$inferSelect'] | null =>
  record && rowFromRecord(table, record)
const many = <T extends PgTable>(table: T, records: Json[] | null): Array<T['$inferSelect']> =>
  (records ?? []).map((record) => rowFromRecord(table, record))

function bindingOf({ binding, hold }: StateRecord): Pick<SyncState, 'binding' | 'hold'> {
  const row = one(bindings, binding)
  return { binding: row, hold: holdOf(row, hold) }
}

const stateOf = (row: StateRecord): SyncState => ({
  organizationId: row.organization_id,
  ...bindingOf(row),
  subscription: one(subscriptions, row.subscription),
  live: (row.live ?? []).map(({ row: record, billedBy }) => ({ row: rowFromRecord(subscriptions, record), billedBy })),
  items: many(subscriptionItems, row.items),
  openChange: one(subscriptionChanges, row.change),
  customerId: row.customer_id,
  checkout: one(checkoutSessions, row.checkout),
  prices: row.prices ?? [],
  period: one(subscriptionPeriods, row.period),
  lastPeriod: one(subscriptionPeriods, row.last_period),
  debts: (row.debts ?? []).map(({ id, since }) => ({ invoiceId: id, since: new Date(since) })),
  invoice: one(invoices, row.invoice),
  lines: many(invoiceLines, row.lines),
  sequence: one(invoiceSequences, row.sequence),
  paymentIds: new Map((row.payments ?? []).map((payment) => [payment.external_id, payment.id])),
  refunded: row.refunded ?? 0,
})
