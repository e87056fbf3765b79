import type { AccountPage, PageRequest } from '../account.ts'
import { invoicesOfCharges, subscriptionOfBill } from '../charged-invoices.ts'
import type { ChargeAbility } from '../provider.ts'
import type { BillingTerms, ChargeData, InvoiceData, Page, SubscriptionData } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { retryAt } from './due.ts'
import { sandboxError } from './errors.ts'
import type { InvoiceFilter } from './invoices.ts'
import { listPage } from './list-page.ts'
import { cycleLines } from './make-invoice.ts'
import {
  type Metadata,
  type SandboxInvoice,
  type SandboxPayment,
  type SandboxSubscription,
  toReference,
} from './objects.ts'
import { type Draft, findObject, listPrefixes } from './state.ts'
import { toSubscriptionData } from './status.ts'

// Without documents the sandbox still keeps books of its own, as every payment company does; what it tells of them are charges.

/** An attempt to collect, as a webhook tells of it. */
export interface SandboxToldCharge extends SandboxPayment {
  object: 'told_charge'
  customer: string
  subscription: string
  next_attempt_at: string | null
  metadata: Metadata
}

/** What a regular cycle costs by now; null where documents say so. */
export async function termsOf(draft: Draft, subscription: SandboxSubscription): Promise<BillingTerms | null> {
  const [item] = subscription.items
  if (draft.account.hasDocuments || !item) return null
  const lines = await cycleLines(draft, subscription)
  return {
    externalPriceId: item.price,
    quantity: item.quantity,
    interval: subscription.interval,
    intervalCount: subscription.interval_count,
    amount: lines.reduce((sum, { amount }) => sum + amount, 0),
    tax: 0,
    setupFee: 0,
  }
}

export const toldCharge = (
  { customer, subscription, next_attempt_at, metadata }: SandboxInvoice,
  payment: SandboxPayment,
): SandboxToldCharge => ({ object: 'told_charge', ...payment, customer, subscription, next_attempt_at, metadata })

export const toChargeData = (charge: SandboxToldCharge): ChargeData => ({
  externalPaymentId: charge.id,
  externalSubscriptionId: charge.subscription,
  externalCustomerId: charge.customer,
  status: charge.status,
  amount: charge.amount,
  tax: 0,
  currency: charge.currency,
  amountRefunded: charge.amount_refunded,
  attemptedAt: new Date(charge.attempted_at),
  nextAttemptAt: charge.next_attempt_at === null ? null : new Date(charge.next_attempt_at),
  declineCode: charge.decline_code,
  failureMessage: charge.message,
  reference: toReference(charge.metadata),
})

export const chargesOf = (client: SandboxClient): ChargeAbility => ({
  listCharges: async ({ externalSubscriptionId: id, cursor }) => {
    const { customer } = await client.retrieve('subscription', id)
    const prefix = `${listPrefixes.invoice}${customer}/${id}/`
    const page = await listPage(client, 'invoice', prefix, { cursor: cursor ?? null })
    return { ...page, data: page.data.flatMap(chargesIn) }
  },
})

/** Each as it was told at its time. */
const chargesIn = (invoice: SandboxInvoice): ChargeData[] =>
  invoice.payments.map((payment, index) => {
    const planned = payment.status === 'failed' ? retryAt(invoice.created_at, index + 1) : null
    return toChargeData({ ...toldCharge(invoice, payment), next_attempt_at: planned })
  })

async function billsOf(client: SandboxClient, subscription: SubscriptionData): Promise<InvoiceData[]> {
  const { externalSubscriptionId } = subscription
  const { listCharges } = chargesOf(client)
  const charges: ChargeData[] = []
  for (let cursor: string | null = null; ; ) {
    const page: Page<ChargeData> = await listCharges({ externalSubscriptionId, cursor })
    charges.push(...page.data)
    if (page.nextCursor === null) return invoicesOfCharges({ subscription, charges, at: await client.now() })
    cursor = page.nextCursor
  }
}

export async function retrieveBill(client: SandboxClient, externalInvoiceId: string): Promise<InvoiceData> {
  const subscription = await client.retrieve('subscription', subscriptionOfBill(externalInvoiceId))
  const bills = await billsOf(client, toSubscriptionData(subscription))
  const bill = bills.find((candidate) => candidate.externalInvoiceId === externalInvoiceId)
  if (bill) return bill
  throw sandboxError(client.providerName, 'resource_missing', `Nothing was charged for "${externalInvoiceId}".`)
}

/** A page holds the bills of some subscriptions. */
export async function listBills(client: SandboxClient, filter: InvoiceFilter): Promise<Page<InvoiceData>> {
  const { externalCustomerId: customer, externalSubscriptionId: id, cursor = null } = filter
  if (id === undefined) {
    const folder = customer === undefined ? '' : `${customer}/`
    return pageOfBills(client, `${listPrefixes.subscription}${folder}`, { cursor })
  }
  const subscription = await client.read((store) => findObject(store, 'subscription', id))
  if (subscription === null || (customer !== undefined && customer !== subscription.customer))
    return { data: [], nextCursor: null }
  return { data: await billsOf(client, toSubscriptionData(subscription)), nextCursor: null }
}

export const listAccountBills = async (
  client: SandboxClient,
  request: PageRequest,
): Promise<AccountPage<InvoiceData>> => ({
  ...(await pageOfBills(client, listPrefixes.subscription, request)),
  unreadable: [],
})

async function pageOfBills(client: SandboxClient, prefix: string, request: PageRequest): Promise<Page<InvoiceData>> {
  const { data, nextCursor } = await listPage(client, 'subscription', prefix, request)
  const bills: InvoiceData[] = []
  for (const subscription of data) bills.push(...(await billsOf(client, toSubscriptionData(subscription))))
  return { data: bills, nextCursor }
}
