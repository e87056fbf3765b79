import { sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../src/db/index.ts'

const questions = {
  /** What follows for access, debts and roles. */
  subscriptions: `select b.external_subscription_id, b.role, b.external_status, s.product_line, l.key as plan, p.key as price, s.quantity,
      s.paid_through_at, s.grace_started_at, s.next_action_at
    from billhook.bindings b join billhook.subscriptions s on s.id = b.subscription_id join billhook.plans l on l.id = s.plan_id
      join billhook.prices p on p.id = s.price_id where b.organization_id = any(ORGANIZATIONS)`,
  allocations: `select p.external_payment_id, i.external_invoice_id, a.amount, p.attempt_no from billhook.payment_allocations a
    join billhook.payments p on p.id = a.payment_id join billhook.invoices i on i.id = a.invoice_id
    where a.organization_id = any(ORGANIZATIONS)`,
  disputes: `select d.external_dispute_id, d.status, d.amount, p.external_payment_id from billhook.disputes d
    join billhook.payments p on p.id = d.payment_id where d.organization_id = any(ORGANIZATIONS)`,
} as const

/** Not every provider lists them. */
const refunds = {
  refunds: `select r.external_refund_id, r.status, r.amount, p.external_payment_id, i.external_invoice_id from billhook.refunds r
    join billhook.payments p on p.id = r.payment_id left join billhook.invoices i on i.id = r.invoice_id
    where r.organization_id = any(ORGANIZATIONS)`,
} as const

/** What was heard of a subscription on its way. */
const onTheWay = {
  periods: `select b.external_subscription_id, p.ordinal, p.start_at, p.end_at, p.is_trial, s.cycle_no from billhook.subscription_periods p
    join billhook.bindings b on b.id = p.binding_id join billhook.subscriptions s on s.id = p.subscription_id
    where p.organization_id = any(ORGANIZATIONS)`,
} as const

/** What only deliveries tell, and nothing of the provider's shows afterwards. */
const heardOnly = {
  closings: `select external_dispute_id, closed_at from billhook.disputes where organization_id = any(ORGANIZATIONS)`,
} as const

/**
 * Whose end was ordered here. Where the provider can only end at once, it shows neither whether paid time was meant to end, too, nor that a
 * pause stands for an end: who did not hear the order cannot tell.
 */
export async function endedByOrder(database: Database): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    database.drizzle.execute(sql`select distinct input->>'externalSubscriptionId' as id from billhook.operations
      where kind = 'cancel_subscription' or (kind = 'pause_subscription' and input ? 'endsAt')`),
  )
  return rows.map(({ id }) => id)
}

interface DerivedOptions {
  isLossless: boolean
  /** Deliveries do not show what they are about. */
  isThin: boolean
  /** Refunds whose deliveries were lost are found, or none was. */
  showsRefunds: boolean
  /** Of these the end is not compared. */
  endedByOrder: readonly string[]
}

/** What Billhook concludes by itself from what it was told. */
export async function derivedState(
  database: Database,
  organizationIds: readonly string[],
  { isLossless, isThin, showsRefunds, endedByOrder }: DerivedOptions,
): Promise<object[]> {
  const ids = `array['${organizationIds.join("','")}']`
  const heard = { ...heardOnly, ...(isThin ? {} : onTheWay) }
  const asked = { ...questions, ...(showsRefunds ? refunds : {}), ...(isLossless ? heard : {}) }
  const found: object[] = []
  for (const [about, question] of Object.entries(asked)) {
    const rows = await rowsOf<object>(database.drizzle.execute(sql.raw(question.replace('ORGANIZATIONS', ids))))
    found.push(...rows.map((row) => ({ about, ...row, ...(isOf(row, endedByOrder) && { ...endless }) })))
  }
  return found
}

const endless = { paid_through_at: null, next_action_at: null } as const
const isOf = (row: object, ids: readonly string[]): boolean =>
  'paid_through_at' in row && ids.includes(String(Reflect.get(row, 'external_subscription_id')))
