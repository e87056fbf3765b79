import { billingNow } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { storable } from '../../primitives/index.ts'
import type { AccountPage, InvoiceData, Page, SubscriptionData } from '../../providers/provider.ts'
import type { Observation, Snapshot } from '../sync/index.ts'
import { selectCustomers } from './objects-store.ts'
import type { ObjectKind } from './reconcile-run.ts'
import type { Reconciling } from './reconciling.ts'

export interface ObjectPage {
  snapshots: Snapshot[]
  unreadable: AccountPage<unknown>['unreadable']
  nextCursor: string | null
}

/** One page of what the provider has: of the whole account, or of one organization's customers, one after the other. */
export async function listObjects(
  reconciling: Reconciling,
  object: ObjectKind,
  cursor: string | null,
): Promise<ObjectPage> {
  const { ctx, run, origin } = reconciling
  const observation = { by: 'read', at: await billingNow(ctx, run.provider), ticket: 0, source: 'reconcile' } as const
  const { data, ...rest } = await (run.organizationId === null
    ? listAccount(reconciling, object, cursor)
    : listCustomers(reconciling, object, run.organizationId, cursor))
  const snapshots = data.map((snapshot) => snapshotOf(object, { origin, snapshot: storable(snapshot), observation }))
  return { snapshots, ...rest }
}

type Data = SubscriptionData | InvoiceData
type Listed = Page<Data> & { unreadable: ObjectPage['unreadable'] }

function snapshotOf(
  object: ObjectKind,
  input: { origin: Reconciling['origin']; snapshot: Data; observation: Observation },
): Snapshot {
  // A page of one kind holds that kind.
  return { kind: object, input } as Snapshot
}

const none: ObjectPage['unreadable'] = []

/** Where the adapter can be read whole it says what it cannot read; the mandatory lists show the same objects. */
async function listAccount(
  { provider, pageSize }: Reconciling,
  object: ObjectKind,
  cursor: string | null,
): Promise<Listed> {
  const { account } = provider
  const request = { cursor, limit: pageSize }
  if (object === 'subscription')
    return account
      ? account.listSubscriptions(request)
      : { unreadable: none, ...(await provider.listSubscriptions({ cursor })) }
  return account ? account.listInvoices(request) : { unreadable: none, ...(await provider.listInvoices({ cursor })) }
}

interface CustomerCursor {
  customer: string
  cursor: string | null
}

async function listCustomers(
  { ctx, run, provider }: Reconciling,
  object: ObjectKind,
  organizationId: string,
  text: string | null,
): Promise<Listed> {
  const at: CustomerCursor | null = text === null ? null : JSON.parse(text)
  const from = { provider: run.provider, from: at?.customer ?? null }
  const [customer, next] = await inOrganization(ctx.db, organizationId, (scope) => selectCustomers(scope, from))
  if (customer === undefined) return { data: [], unreadable: none, nextCursor: null }
  const filter = { externalCustomerId: customer, cursor: at?.customer === customer ? at.cursor : null }
  const page = await (object === 'subscription' ? provider.listSubscriptions(filter) : provider.listInvoices(filter))
  const goesOn =
    page.nextCursor === null ? next && { customer: next, cursor: null } : { customer, cursor: page.nextCursor }
  return { data: page.data, unreadable: none, nextCursor: goesOn ? JSON.stringify(goesOn) : null }
}
