import type { Context } from '../context.ts'
import type { ImportPriceInput } from '../domain/catalog/index.ts'
import {
  type AdoptedEntry,
  adoptOrganization,
  adoptPrice,
  type ImportProgressNote,
  type ImportReport,
  orLeftOut,
  Tally,
} from '../domain/imports/index.ts'
import { originOf, readAndApply, type SnapshotOrigin } from '../domain/sync/index.ts'
import { errorMessage } from '../primitives/index.ts'
import { bundleRows, type LegacyDuplicates, type LegacyReading } from './bundle-rows.ts'
import { type LegacyMapping, parseLegacyMapping } from './import-mapping.ts'
import { findOrganizations, type LegacyOrganization } from './legacy-organizations.ts'
import { readPlan } from './legacy-plan.ts'
import { LegacySource } from './legacy-source-store.ts'
import { misfit } from './legacy-values.ts'

export interface ImportLegacyInput {
  /** A Postgres URL of the old application's database; it is only read. */
  from: string
  /** As `mapping.json` has it; what it leaves out is found by the usual names. Errors: `invalid_mapping`. */
  mapping?: unknown
  /** The account that the old application billed with; the default provider when left out. */
  provider?: string | undefined
  /** Makes organizations that are not here yet. */
  createOrganizations?: boolean | undefined
  /** Reads what has come in again at the provider: items, prorations and taxes that the old tables never had. */
  refresh?: boolean | undefined
  dryRun?: boolean | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((progress: ImportProgressNote) => void) | undefined
}

const organizationsPerRead = 100

interface Run {
  ctx: Context
  source: LegacySource
  mapping: LegacyMapping
  input: ImportLegacyInput
  origin: SnapshotOrigin
  tally: Tally
  /** Prices by the old plan's primary key. */
  prices: Map<string, ImportPriceInput>
  /** By Stripe's price. */
  currencies: Map<string, string>
  refreshed: Array<{ organizationId: string; kind: 'subscription' | 'invoice'; externalId: string }>
}

/**
 * Adopts the tables of a Stripe-only application: plans, subscriptions and invoices, one organization after another, each in one
 * transaction. A row that does not fit is named in the report with its table and primary key, and left out. It can be stopped and done
 * again: what is here is left alone.
 *
 * Errors: `legacy_table_missing`, `legacy_mapping_incomplete`, `invalid_mapping`; what the databases say.
 */
export async function importLegacy(ctx: Context, input: ImportLegacyInput): Promise<ImportReport> {
  const startedAt = ctx.clock.now()
  const mapping = parseLegacyMapping(input.mapping ?? {})
  const origin = originOf(ctx.providers.getProvider(input.provider))
  const source = await LegacySource.open(input.from, mapping)
  const run: Run = {
    ctx,
    source,
    mapping,
    input,
    origin,
    tally: new Tally(),
    prices: new Map(),
    currencies: new Map(),
    refreshed: [],
  }
  let complete = false
  try {
    await takePlans(run)
    await takeStrays(run)
    complete = await takeOrganizations(run)
  } finally {
    await source.close()
  }
  if (complete && input.refresh && !input.dryRun) await refresh(run)
  return run.tally.report({
    source: 'legacy',
    provider: origin.provider,
    dry_run: input.dryRun === true,
    resumed: false,
    complete,
    started_at: startedAt.toISOString(),
    finished_at: ctx.clock.now().toISOString(),
  })
}

async function takePlans({ ctx, source, mapping, input, origin, tally, prices, currencies }: Run): Promise<void> {
  const isMajor = isMajorIn(source, mapping, 'plans', 'amount')
  const newPlans = new Set<string>()
  const seen = new Set<string>()
  for (const row of await source.plans()) {
    const taken = await orLeftOut(async () => {
      const price = readPlan(row, origin, { isMajor })
      prices.set(row.id, price)
      // The old plans may name one price twice: both rows stand for it.
      if (seen.has(price.externalPriceId)) throw duplicatePrice(price.externalPriceId)
      seen.add(price.externalPriceId)
      const adopted = await adoptPrice(ctx, price, { dryRun: input.dryRun === true })
      currencies.set(price.externalPriceId, price.currency)
      if (adopted.newPlanKey) newPlans.add(adopted.newPlanKey)
      return { did: adopted.did }
    })
    if ('left_out' in taken && taken.left_out.code !== 'duplicate_id') prices.delete(row.id)
    tally.count('prices', row.id, taken, source.nameOf('plans'))
  }
  for (const key of newPlans) tally.count('plans', key, { did: 'create' })
}

const duplicatePrice = (id: string) =>
  misfit('duplicate_id', `stripe_price_id ${id} is in another row already, which came in.`)

/** `detect` goes by the column's type. */
const isMajorIn = (
  source: LegacySource,
  { amounts }: LegacyMapping,
  ...[table, field]: ['plans', 'amount'] | ['invoices', 'amountDue']
): boolean => (amounts === 'detect' ? source.isDecimal(table, field as never) : amounts === 'major')

async function takeStrays({ source, tally }: Run): Promise<void> {
  for (const kind of ['subscriptions', 'invoices'] as const) {
    for (const { id } of await source.strays(kind))
      tally.count(kind, id, { left_out: { code: 'null_id', reason: 'organization_id is empty.' } }, source.nameOf(kind))
  }
}

/** False when it was stopped. */
async function takeOrganizations(run: Run): Promise<boolean> {
  const { ctx, source, mapping, input } = run
  const ids = await source.organizationIds()
  const duplicates = await findDuplicates(source)
  let done = 0
  for (let from = 0; from < ids.length; from += organizationsPerRead) {
    const chunk = ids.slice(from, from + organizationsPerRead)
    const createOrganizations = input.createOrganizations === true
    const found = await findOrganizations(ctx, chunk, { source, defaults: mapping.defaults, createOrganizations })
    const subscriptions = Map.groupBy(await source.rowsOf('subscriptions', chunk), (row) => row.organizationId)
    const invoices = Map.groupBy(await source.rowsOf('invoices', chunk), (row) => row.organizationId)
    for (const id of chunk) {
      if (input.signal?.aborted) return false
      const rows = { subscriptions: subscriptions.get(id) ?? [], invoices: invoices.get(id) ?? [] }
      await takeOrganization(run, id, found.get(id), rows, duplicates)
      done += 1
      input.onProgress?.({ kind: 'organizations', done, total: ids.length })
    }
  }
  return true
}

async function findDuplicates(source: LegacySource): Promise<LegacyDuplicates> {
  return {
    subscriptions: await source.duplicates('subscriptions', 'stripeSubscriptionId'),
    customers: await source.duplicates('subscriptions', 'stripeCustomerId', { acrossOrganizations: true }),
    invoices: await source.duplicates('invoices', 'stripeInvoiceId'),
  }
}

async function takeOrganization(
  run: Run,
  id: string,
  organization: LegacyOrganization | undefined,
  rows: Pick<LegacyReading, 'subscriptions' | 'invoices'>,
  duplicates: LegacyDuplicates,
): Promise<void> {
  const { ctx, source, mapping, origin, input, tally, prices } = run
  const reading: LegacyReading = {
    ...rows,
    organization: organization ?? { refusal: misfit('orphan_organization', `There is no organization ${id}.`) },
    names: { subscriptions: source.nameOf('subscriptions'), invoices: source.nameOf('invoices') },
    statuses: mapping.statuses,
    isMajor: isMajorIn(source, mapping, 'invoices', 'amountDue'),
    now: ctx.clock.now(),
    prices,
    currencies: run.currencies,
  }
  const { bundle, leftOut, notes } = bundleRows(reading, duplicates)
  for (const { kind, table, id, taken } of leftOut) tally.count(kind, id, taken, table)
  if (!bundle) return
  const used = new Set(
    bundle.subscriptions.flatMap(({ snapshot }) => snapshot.items.map((item) => item.externalPriceId)),
  )
  const options = {
    origin,
    prices: input.dryRun ? [...prices.values()].filter((price) => used.has(price.externalPriceId)) : [],
    dryRun: input.dryRun === true,
  }
  const adopted = await orLeftOut(() => adoptOrganization(ctx, bundle, options))
  // What only the commit found out: nothing of the organization has come in.
  if ('left_out' in adopted) return tally.count('organizations', id, adopted)
  tally.count('organizations', id, { did: bundle.newOrganization ? 'create' : 'leave' })
  for (const entry of adopted) countEntry(run, bundle.organizationId, entry)
  for (const note of notes) if (isNew(adopted, note.id, note.kind)) tally.note(note)
}

const isNew = (adopted: AdoptedEntry[], id: string, table: string): boolean =>
  adopted.some(
    (entry) => entry.id === id && entry.table === table && 'did' in entry.taken && entry.taken.did === 'create',
  )

function countEntry({ tally, refreshed }: Run, organizationId: string, entry: AdoptedEntry): void {
  const { kind, table, id, taken, invoice, externalId } = entry
  tally.count(kind, id, taken, table)
  if (!('did' in taken) || taken.did !== 'create') return
  if (invoice) tally.sum(invoice)
  if (kind === 'subscriptions') refreshed.push({ organizationId, kind: 'subscription', externalId })
  if (kind === 'invoices') refreshed.push({ organizationId, kind: 'invoice', externalId })
}

/** What cannot be read now is read by reconciliation later, and is named. */
async function refresh({ ctx, input, tally, refreshed }: Run): Promise<void> {
  const provider = ctx.providers.getProvider(input.provider)
  for (const [index, object] of refreshed.entries()) {
    if (input.signal?.aborted) return
    try {
      await readAndApply(ctx, { ...object, provider, source: 'import' })
    } catch (error) {
      const { kind, externalId: id } = object
      tally.note({ kind, id, code: 'not_refreshed', reason: errorMessage(error) })
    }
    input.onProgress?.({ kind: 'refreshed', done: index + 1, total: refreshed.length })
  }
}
