import type { ImportPriceInput } from '../domain/catalog/index.ts'
import type { AdoptedEntry, OrganizationBundle } from '../domain/imports/index.ts'
import { BillhookError } from '../primitives/index.ts'
import { type CustomerData, liveStatuses } from '../providers/provider.ts'
import type { LegacyMapping, LegacyRow } from './import-mapping.ts'
import { type LegacyInvoice, readInvoice } from './legacy-invoice.ts'
import type { LegacyOrganization } from './legacy-organizations.ts'
import type { Duplicate } from './legacy-source-store.ts'
import { type LegacySubscription, readSubscription } from './legacy-subscription.ts'
import { misfit } from './legacy-values.ts'

/** Ids that several rows have. */
export interface LegacyDuplicates {
  subscriptions: ReadonlyMap<string, Duplicate>
  customers: ReadonlyMap<string, Duplicate>
  invoices: ReadonlyMap<string, Duplicate>
}

/** The rows of one organization and what is needed to understand them. */
export interface LegacyReading {
  organization: LegacyOrganization
  subscriptions: Array<LegacyRow<'subscriptions'>>
  invoices: Array<LegacyRow<'invoices'>>
  names: { subscriptions: string; invoices: string }
  statuses: LegacyMapping['statuses']
  isMajor: boolean
  now: Date
  prices: ReadonlyMap<string, ImportPriceInput>
  /** By Stripe's price. */
  currencies: ReadonlyMap<string, string>
}

interface Bundled {
  /** Null when nothing of the organization can come in. */
  bundle: OrganizationBundle | null
  leftOut: AdoptedEntry[]
  notes: Array<{ kind: string; id: string; code: string; reason: string }>
}

/** Sorts the rows of one organization into what comes in and what does not fit. Pure. */
export function bundleRows(reading: LegacyReading, duplicates: LegacyDuplicates): Bundled {
  const { organization, names } = reading
  const leftOut: AdoptedEntry[] = []
  const kept = <R extends { id: string }, T>(kind: 'subscriptions' | 'invoices', rows: R[], read: (row: R) => T): T[] =>
    rows.flatMap((row) => {
      const result = orMisfit(() => {
        if ('refusal' in organization) throw organization.refusal
        return read(row)
      })
      if ('value' in result) return [result.value]
      leftOut.push({ kind, table: names[kind], id: row.id, externalId: '', taken: { left_out: result.misfit } })
      return []
    })
  const subscriptions = kept('subscriptions', reading.subscriptions, (row) => subscriptionOf(row, reading, duplicates))
  const invoices = kept('invoices', reading.invoices, (row) => invoiceOf(row, reading, duplicates, subscriptions))
  if ('refusal' in organization) return { bundle: null, leftOut, notes: [] }
  subscriptions.sort(rulingFirst)
  return {
    leftOut,
    notes: invoices.flatMap(({ row, note }) => (note ? [{ kind: names.invoices, id: row.id, ...note }] : [])),
    bundle: {
      organizationId: organization.id,
      newOrganization: organization.created,
      customers: customersOf(reading, subscriptions, invoices),
      subscriptions: subscriptions.map((entry) => ({ table: names.subscriptions, id: entry.row.id, ...entry })),
      invoices: invoices.map((entry) => ({ table: names.invoices, id: entry.row.id, ...entry })),
    },
  }
}

type Read<T> = { value: T } | { misfit: { code: string; reason: string } }

function orMisfit<T>(read: () => T): Read<T> {
  try {
    return { value: read() }
  } catch (error) {
    if (!(error instanceof BillhookError)) throw error
    return { misfit: { code: error.code, reason: error.message } }
  }
}

function subscriptionOf(
  row: LegacyRow<'subscriptions'>,
  { prices, currencies, statuses, now }: LegacyReading,
  duplicates: LegacyDuplicates,
): LegacySubscription {
  refuseDuplicate(row, 'stripe_subscription_id', row.stripeSubscriptionId, duplicates.subscriptions)
  const shared = duplicates.customers.get(row.stripeCustomerId ?? '')
  if (shared) throw sharedCustomer(shared)
  return readSubscription(row, { plans: prices, currencies, statuses: statuses.subscriptions, now })
}

const sharedCustomer = ({ value, rows }: Duplicate) =>
  misfit(
    'shared_customer',
    `stripe_customer_id ${value} is that of several organizations: ${[...new Set(rows.map((row) => row.organizationId))].join(', ')}.`,
  )

/** Of several rows of one organization the newest stands; what several organizations claim is nobody's. */
function refuseDuplicate(
  row: { id: string; organizationId: string | null },
  field: string,
  value: string | null,
  duplicates: ReadonlyMap<string, Duplicate>,
): void {
  const duplicate = value === null ? undefined : duplicates.get(value)
  if (!duplicate) return
  const owners = new Set(duplicate.rows.map(({ organizationId }) => organizationId))
  if (owners.size > 1)
    throw misfit('duplicate_id', `${field} ${value} is claimed by several organizations: ${[...owners].join(', ')}.`)
  const [newest] = duplicate.rows
  if (newest && newest.id !== row.id)
    throw misfit('duplicate_id', `${field} ${value} is in row ${newest.id}, too, which is newer.`)
}

function invoiceOf(
  row: LegacyRow<'invoices'>,
  reading: LegacyReading,
  duplicates: LegacyDuplicates,
  subscriptions: LegacySubscription[],
): LegacyInvoice {
  refuseDuplicate(row, 'stripe_invoice_id', row.stripeInvoiceId, duplicates.invoices)
  const subscription = subscriptions.find((candidate) => candidate.row.id === row.subscriptionId)
  if (row.subscriptionId && !subscription)
    throw misfit('orphan_subscription', `Its subscription row ${row.subscriptionId} is not there, or did not come in.`)
  return readInvoice(row, {
    table: reading.names.invoices,
    externalCustomerId: subscription?.snapshot.externalCustomerId ?? customerOf(row, subscriptions),
    externalSubscriptionId: subscription?.snapshot.externalSubscriptionId ?? null,
    statuses: reading.statuses.invoices,
    isMajor: reading.isMajor,
    now: reading.now,
  })
}

/** A bill without a subscription is its own customer's, else the organization's only one. */
function customerOf(row: LegacyRow<'invoices'>, subscriptions: LegacySubscription[]): string {
  const own = row.stripeCustomerId?.trim()
  if (own) return own
  const [only, ...more] = new Set(subscriptions.map(({ snapshot }) => snapshot.externalCustomerId))
  if (only && more.length === 0) return only
  throw misfit('unknown_customer', 'Nothing says which customer it is for.')
}

const live: readonly string[] = liveStatuses

/** The live ones first, and of those the one that is paid furthest: it is the one that stands where there are two. */
const rulingFirst = (a: LegacySubscription, b: LegacySubscription): number =>
  Number(live.includes(b.snapshot.status)) - Number(live.includes(a.snapshot.status)) ||
  Number(b.snapshot.currentPeriodEnd ?? 0) - Number(a.snapshot.currentPeriodEnd ?? 0) ||
  (a.row.id < b.row.id ? -1 : 1)

function customersOf(
  { names }: LegacyReading,
  subscriptions: LegacySubscription[],
  invoices: LegacyInvoice[],
): OrganizationBundle['customers'] {
  const found = new Map<string, OrganizationBundle['customers'][number]>()
  const entries = [
    ...subscriptions.map((entry) => ({ ...entry, table: names.subscriptions })),
    ...invoices.map((entry) => ({ ...entry, table: names.invoices })),
  ]
  for (const { snapshot, observedAt, table } of entries) {
    const id = snapshot.externalCustomerId
    if (!found.has(id)) found.set(id, { table, id, snapshot: customerData(id), observedAt })
  }
  return [...found.values()]
}

const customerData = (externalCustomerId: string): CustomerData => ({
  externalCustomerId,
  email: null,
  name: null,
  currency: null,
  deleted: false,
  reference: {},
})
