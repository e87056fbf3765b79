import type { Context } from '../../context.ts'
import { asPlatform, asPlatformThenOrganization, inSavepoint, type OrganizationScope } from '../../db/index.ts'
import type { CustomerData, InvoiceData, SubscriptionData } from '../../providers/provider.ts'
import { type ImportPriceInput, importPrice } from '../catalog/index.ts'
import { adoptCustomer } from '../customers/index.ts'
import { insertOrganization, type Organization } from '../organizations/index.ts'
import { importMark, type Observation, type SnapshotOrigin } from '../sync/index.ts'
import { adoptInvoice, adoptSubscription } from './adopt.ts'
import { orLeftOut } from './left-out.ts'
import type { Taken } from './report.ts'
import { markReconstructed, selectOwners } from './store.ts'

/** One thing to bring in, and where it comes from: a table and a primary key, as the report names it. */
export interface BundleEntry<S> {
  table: string
  id: string
  snapshot: S
  /** When the source last wrote it: whatever the provider says of later is newer. */
  observedAt: Date
}

/** Everything of one organization, that comes in as a whole. */
export interface OrganizationBundle {
  organizationId: string
  /** To be made; null where it is there. */
  newOrganization: Organization | null
  customers: Array<BundleEntry<CustomerData>>
  subscriptions: Array<BundleEntry<SubscriptionData>>
  invoices: Array<BundleEntry<InvoiceData>>
}

export interface AdoptedEntry {
  kind: 'customers' | 'subscriptions' | 'invoices'
  table: string
  id: string
  externalId: string
  taken: Taken
  invoice?: InvoiceData
}

/** Ends a dry run's transaction without a trace. */
class TakenBack extends Error {}

interface AdoptOptions {
  origin: SnapshotOrigin
  /** Prices that a dry run needs in its transaction; otherwise they are there. */
  prices: ImportPriceInput[]
  dryRun: boolean
}

/**
 * Brings in what another application has kept of one organization, in one transaction: a row that does not fit is left out and answered,
 * the others stand together. What is known here is left alone. A dry run does all of it and takes it back.
 */
export async function adoptOrganization(
  ctx: Context,
  bundle: OrganizationBundle,
  options: AdoptOptions,
): Promise<AdoptedEntry[]> {
  const { organizationId, newOrganization } = bundle
  let adopted: AdoptedEntry[] = []
  const known = await knownOf(ctx, bundle, options.origin)
  try {
    await asPlatformThenOrganization(
      ctx.db,
      organizationId,
      async (scope) => {
        if (newOrganization) await insertOrganization(scope, newOrganization)
        for (const price of options.prices) await importPrice(ctx, scope, price, { dryRun: false })
      },
      async (scope) => {
        adopted = await adoptAll({ ctx, scope, known, origin: options.origin }, bundle)
        if (options.dryRun) throw new TakenBack()
      },
    )
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error
  }
  return adopted
}

interface Adopting {
  ctx: Context
  scope: OrganizationScope
  origin: SnapshotOrigin
  known: Record<'subscription' | 'invoice', Map<string, string>>
}

async function knownOf(ctx: Context, bundle: OrganizationBundle, { provider }: SnapshotOrigin) {
  return asPlatform(ctx.db, async (scope) => ({
    subscription: await selectOwners(scope, {
      provider,
      kind: 'subscription',
      externalIds: bundle.subscriptions.map(({ snapshot }) => snapshot.externalSubscriptionId),
    }),
    invoice: await selectOwners(scope, {
      provider,
      kind: 'invoice',
      externalIds: bundle.invoices.map(({ snapshot }) => snapshot.externalInvoiceId),
    }),
  }))
}

async function adoptAll(adopting: Adopting, bundle: OrganizationBundle): Promise<AdoptedEntry[]> {
  const adopted: AdoptedEntry[] = []
  for (const entry of bundle.customers)
    adopted.push({
      kind: 'customers',
      ...named(entry, entry.snapshot.externalCustomerId),
      taken: await takeOne(adopting, (scope) => customer(adopting, scope, entry)),
    })
  for (const entry of bundle.subscriptions)
    adopted.push({
      kind: 'subscriptions',
      ...named(entry, entry.snapshot.externalSubscriptionId),
      taken: await takeOne(adopting, (scope) => subscription(adopting, scope, entry)),
    })
  for (const entry of bundle.invoices)
    adopted.push({
      kind: 'invoices',
      ...named(entry, entry.snapshot.externalInvoiceId),
      taken: await takeOne(adopting, (scope) => invoice(adopting, scope, entry)),
      invoice: entry.snapshot,
    })
  return adopted
}

const leave: Taken = { did: 'leave' }

const named = ({ table, id }: BundleEntry<unknown>, externalId: string) => ({ table, id, externalId })

/** In a savepoint, because a statement that fails would end the whole transaction. */
const takeOne = ({ scope }: Adopting, work: (scope: OrganizationScope) => Promise<Taken>): Promise<Taken> =>
  orLeftOut<Taken>(() => inSavepoint(scope, work))

async function customer(
  { ctx, origin }: Adopting,
  scope: OrganizationScope,
  { snapshot, observedAt }: BundleEntry<CustomerData>,
) {
  const { provider, providerKind } = origin
  const did = await adoptCustomer(ctx, scope, { provider, providerKind, snapshot, source: 'import', at: observedAt })
  return { did: did === 'known' ? 'leave' : 'create' } as const
}

async function subscription(
  { ctx, origin, known }: Adopting,
  scope: OrganizationScope,
  { snapshot, observedAt }: BundleEntry<SubscriptionData>,
): Promise<Taken> {
  if (known.subscription.get(snapshot.externalSubscriptionId) === scope.organizationId) return leave
  return adoptSubscription(ctx, scope, { origin, snapshot, observation: heardAt(observedAt) })
}

async function invoice(
  { ctx, origin, known }: Adopting,
  scope: OrganizationScope,
  entry: BundleEntry<InvoiceData>,
): Promise<Taken> {
  const { snapshot, observedAt, table } = entry
  if (known.invoice.get(snapshot.externalInvoiceId) === scope.organizationId) return leave
  const taken = await adoptInvoice(ctx, scope, { origin, snapshot, observation: heardAt(observedAt) })
  const { externalInvoiceId } = snapshot
  // Its parts are what the table had of it; the provider's own document may take its place.
  if ('did' in taken && taken.did === 'create')
    await markReconstructed(scope, { provider: origin.provider, externalInvoiceId }, { [importMark]: table })
  return taken
}

/** As if an event had told it then: the next one, and every read, is newer. */
const heardAt = (at: Date): Observation => ({ by: 'event', at, ticket: 0, source: 'import' })
