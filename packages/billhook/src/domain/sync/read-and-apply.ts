import type { Context } from '../../context.ts'
import { inOrganization, type OrganizationScope } from '../../db/index.ts'
import type { BillingEventSource } from '../../outbox/billing-event.ts'
import { BillhookError, InvariantError, storable } from '../../primitives/index.ts'
import {
  type BasePaymentProvider,
  PaymentProviderError,
  type ProviderEventSnapshots,
  subscriptionOfBill,
} from '../../providers/provider.ts'
import { applyCheckout } from './apply-checkout.ts'
import { applyDispute } from './apply-dispute.ts'
import { applyInvoice } from './apply-invoice.ts'
import { applyRefund } from './apply-refund.ts'
import { applySubscription } from './apply-subscription.ts'
import { hasInvoice } from './charges-store.ts'
import { originOf } from './origin-of.ts'
import { isSettled, type SnapshotOrigin, type SyncOutcome } from './outcome.ts'
import { askedKey } from './place-subscription.ts'
import { hasCharges, readCharges } from './read-charges.ts'
import { beginReading, type ReadKind } from './reading.ts'
import type { Observation } from './version.ts'

const readsAtMost = 4

interface SnapshotOf {
  subscription: ProviderEventSnapshots['subscription.updated']
  invoice: ProviderEventSnapshots['invoice.updated']
  checkout_session: ProviderEventSnapshots['checkout.completed']
  refund: ProviderEventSnapshots['refund.changed']
  dispute: ProviderEventSnapshots['dispute.changed']
}
type Apply<S> = (
  ctx: Context,
  scope: OrganizationScope,
  input: { origin: SnapshotOrigin; snapshot: S; observation: Observation },
) => Promise<SyncOutcome>
interface Reader<S> {
  retrieve(provider: BasePaymentProvider, externalId: string): Promise<S>
  apply: Apply<S>
}

/** How each kind of object is read from its provider, and applied by default. */
const readers: { [K in ReadKind]: Reader<SnapshotOf[K]> } = {
  subscription: {
    retrieve: (provider, id) => provider.retrieveSubscription(id),
    apply: applySubscription,
  },
  invoice: {
    retrieve: (provider, id) => provider.retrieveInvoice(id),
    apply: applyInvoice,
  },
  checkout_session: {
    retrieve: (provider, id) => provider.retrieveCheckoutSession(id),
    apply: applyCheckout,
  },
  refund: {
    retrieve: (provider, id) => {
      if (!provider.refunds) throw showsNo('refunds', provider)
      return provider.refunds.retrieveRefund(id)
    },
    apply: applyRefund,
  },
  dispute: {
    retrieve: (provider, id) => {
      if (!provider.account?.retrieveDispute) throw showsNo('disputes', provider)
      return provider.account.retrieveDispute(id)
    },
    apply: applyDispute,
  },
}

const showsNo = (what: string, { providerName }: BasePaymentProvider): BillhookError =>
  new BillhookError('unsupported', `${providerName} shows no ${what}.`, { status: 422 })

/** The provider's own word on one object. Errors: `resource_missing`, `unsupported` (422) where it shows none by itself. */
export const retrieve = <K extends ReadKind>(
  provider: BasePaymentProvider,
  kind: K,
  externalId: string,
): Promise<SnapshotOf[K]> => {
  const reader: Reader<SnapshotOf[K]> = readers[kind]
  return reader.retrieve(provider, externalId)
}

export interface ReadInput<K extends ReadKind> {
  organizationId: string
  provider: BasePaymentProvider
  kind: K
  externalId: string
  source: BillingEventSource
  /** Instead of the default writer of this kind. */
  apply?: Apply<SnapshotOf[K]>
  /** Runs in the same transaction, once the snapshot is applied. */
  finish?: (scope: OrganizationScope) => Promise<void>
}

/**
 * Asks the provider and applies its answer. An answer that was overtaken while it was under way is asked for again; what must be known
 * first is read first. The outcome may be `needs_payment`: nothing was applied. Error: `overtaken` (503) when it is overtaken again and again: nothing was applied, try later.
 */
export async function readAndApply<K extends ReadKind>(ctx: Context, input: ReadInput<K>): Promise<SyncOutcome> {
  if (input.kind === 'invoice' && hasCharges(input.provider)) return readBill(ctx, input)
  const reader: Reader<SnapshotOf[K]> = readers[input.kind]
  const apply = input.apply ?? reader.apply
  const asked = new Set<string>()
  for (let attempt = 0; attempt < readsAtMost; attempt++) {
    const observation = { ...(await beginReading(ctx, input)), asked }
    const snapshot = storable(await reader.retrieve(input.provider, input.externalId))
    const outcome = await inOrganization(ctx.db, input.organizationId, async (scope) => {
      const result = await apply(ctx, scope, { origin: originOf(input.provider), snapshot, observation })
      if (isSettled(result)) await input.finish?.(scope)
      return result
    })
    if (outcome.outcome === 'needs') {
      const { externalSubscriptionId, provider = input.provider.providerName } = outcome
      asked.add(askedKey({ provider, externalSubscriptionId }))
      // One whose account is gone is as it was when we last heard of it.
      if (ctx.providers.names.includes(provider))
        await readAndApply(ctx, {
          ...withoutHooks(input),
          provider: ctx.providers.getProvider(provider),
          kind: 'subscription',
          externalId: externalSubscriptionId,
        })
    } else if (outcome.outcome !== 'reread') return outcome
  }
  throw new OvertakenError(`${input.kind} ${input.externalId} kept changing while it was read.`)
}

/** Where bills are written here, what they are written from is read: the subscription with its terms, and what was collected for it. */
async function readBill<K extends ReadKind>(ctx: Context, input: ReadInput<K>): Promise<SyncOutcome> {
  const { organizationId, provider, externalId, source, finish } = input
  if (!hasCharges(provider)) throw new InvariantError(`${provider.providerName} makes its own documents`)
  const externalSubscriptionId = subscriptionOfBill(externalId)
  await readAndApply(ctx, { ...withoutHooks(input), kind: 'subscription', externalId: externalSubscriptionId })
  const outcome = await readCharges(ctx, { organizationId, provider, externalSubscriptionId, source, finish })
  const isThere = await inOrganization(ctx.db, organizationId, (scope) =>
    hasInvoice(scope, provider.providerName, externalId),
  )
  if (isThere) return outcome
  throw new PaymentProviderError({
    provider: provider.providerName,
    code: 'resource_missing',
    detail: `Nothing that ${provider.providerName} collected makes a bill ${externalId}.`,
  })
}

/** An object at a provider that can be read again. */
export interface ReadTarget {
  kind: ReadKind
  externalId: string
}

/** Something newer was applied meanwhile: nothing of this answer was, and the same may succeed at once. */
export class OvertakenError extends BillhookError {
  override name = 'OvertakenError'
  /** Where only the answer told which object the call was about: take the ticket of the next look on it. */
  readonly target: ReadTarget | null

  constructor(detail: string, target: ReadTarget | null = null) {
    super('overtaken', detail, { status: 503 })
    this.target = target
  }
}

const withoutHooks = <K extends ReadKind>({ organizationId, provider, source }: ReadInput<K>) => ({
  organizationId,
  provider,
  source,
})
