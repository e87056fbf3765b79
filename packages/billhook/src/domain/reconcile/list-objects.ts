import { billingNow } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { storable } from '../../primitives/index.ts'
import type { AccountPage, BasePaymentProvider, Page } from '../../providers/provider.ts'
import { type Compared, type ComparedData, comparedOf } from './compared.ts'
import { selectCustomers, selectPaid } from './objects-store.ts'
import type { ObjectKind } from './reconcile-run.ts'
import type { Reconciling } from './reconciling.ts'

export interface ObjectPage {
  snapshots: Compared[]
  unreadable: AccountPage<unknown>['unreadable']
  nextCursor: string | null
}

/** One page of what the provider has: of the whole account, or of one organization's customers and payments, one after the other. */
export async function listObjects<K extends ObjectKind>(
  reconciling: Reconciling,
  object: K,
  cursor: string | null,
): Promise<ObjectPage> {
  const { ctx, run, origin, provider } = reconciling
  if (!canCompare(provider, object)) return empty
  const observation = { by: 'read', at: await billingNow(ctx, run.provider), ticket: 0, source: 'reconcile' } as const
  const { data, ...rest } = await (run.organizationId === null
    ? lists[object].ofAccount(provider, { cursor, limit: reconciling.pageSize })
    : listOwned(reconciling, object, run.organizationId, cursor))
  const snapshots = data.map((snapshot) => comparedOf(object, { origin, snapshot: storable(snapshot), observation }))
  return { snapshots, ...rest }
}

/** Not every provider has lists of what went back. */
export const canCompare = ({ account, refunds }: BasePaymentProvider, object: ObjectKind): boolean => {
  if (object === 'refund') return account?.listRefunds !== undefined && refunds !== undefined
  if (object === 'dispute') return account?.listDisputes !== undefined && account.retrieveDispute !== undefined
  return true
}

type Listed<T> = Page<T> & { unreadable: ObjectPage['unreadable'] }
interface Request {
  cursor: string | null
  limit?: number | undefined
}

/** How each kind is listed. `owner`: what of an organization it is listed by. */
interface List<T> {
  ofAccount(provider: BasePaymentProvider, request: Request): Promise<Listed<T>>
  owner: typeof selectCustomers
  ofOwner(provider: BasePaymentProvider, externalId: string, cursor: string | null): Promise<Listed<T>>
}

const none: ObjectPage['unreadable'] = []
const empty = { snapshots: [], data: [], unreadable: none, nextCursor: null }

/** Where the adapter can be read whole it says what it cannot read; the mandatory lists show the same objects. */
const lists: { [K in ObjectKind]: List<ComparedData[K]> } = {
  subscription: {
    ofAccount: async (provider, request) =>
      provider.account?.listSubscriptions(request) ?? {
        unreadable: none,
        ...(await provider.listSubscriptions({ cursor: request.cursor })),
      },
    owner: selectCustomers,
    ofOwner: async (provider, externalCustomerId, cursor) => ({
      unreadable: none,
      ...(await provider.listSubscriptions({ externalCustomerId, cursor })),
    }),
  },
  invoice: {
    ofAccount: async (provider, request) =>
      provider.account?.listInvoices(request) ?? {
        unreadable: none,
        ...(await provider.listInvoices({ cursor: request.cursor })),
      },
    owner: selectCustomers,
    ofOwner: async (provider, externalCustomerId, cursor) => ({
      unreadable: none,
      ...(await provider.listInvoices({ externalCustomerId, cursor })),
    }),
  },
  refund: {
    ofAccount: async ({ account }, request) => account?.listRefunds?.(request) ?? empty,
    owner: selectPaid,
    ofOwner: async ({ account }, externalPaymentId, cursor) =>
      account?.listRefunds?.({ externalPaymentId, cursor }) ?? empty,
  },
  dispute: {
    ofAccount: async ({ account }, request) => account?.listDisputes?.(request) ?? empty,
    owner: selectPaid,
    ofOwner: async ({ account }, externalPaymentId, cursor) =>
      account?.listDisputes?.({ externalPaymentId, cursor }) ?? empty,
  },
}

interface OwnerCursor {
  owner: string
  cursor: string | null
}

async function listOwned<K extends ObjectKind>(
  { ctx, run, provider }: Reconciling,
  object: K,
  organizationId: string,
  text: string | null,
): Promise<Listed<ComparedData[K]>> {
  const at: OwnerCursor | null = text === null ? null : JSON.parse(text)
  const from = { provider: run.provider, from: at?.owner ?? null }
  const [owner, next] = await inOrganization(ctx.db, organizationId, (scope) => lists[object].owner(scope, from))
  if (owner === undefined) return empty
  const { data, unreadable, nextCursor } = await lists[object].ofOwner(
    provider,
    owner,
    at?.owner === owner ? at.cursor : null,
  )
  const goesOn = nextCursor === null ? next && { owner: next, cursor: null } : { owner, cursor: nextCursor }
  return { data, unreadable, nextCursor: goesOn ? JSON.stringify(goesOn) : null }
}
