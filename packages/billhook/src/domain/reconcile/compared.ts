import type { ProviderEventSnapshots } from '../../providers/provider.ts'
import type { MoneyBack, Observation, Snapshot, SnapshotOrigin } from '../sync/index.ts'
import type { ObjectKind } from './reconcile-run.ts'

/** Something of a provider's that is compared with what is kept here. */
export type Compared = Snapshot | MoneyBack

export interface ComparedData {
  subscription: ProviderEventSnapshots['subscription.updated']
  invoice: ProviderEventSnapshots['invoice.updated']
  refund: ProviderEventSnapshots['refund.changed']
  dispute: ProviderEventSnapshots['dispute.changed']
}

/** What was read of one kind; the compiler cannot follow that a kind's data makes a thing of that kind. */
export const comparedOf = <K extends ObjectKind>(
  kind: K,
  input: { origin: SnapshotOrigin; snapshot: ComparedData[K]; observation: Observation },
): Compared => ({ kind, input }) as Compared

export const isMoneyBack = (one: Compared): one is MoneyBack => one.kind === 'refund' || one.kind === 'dispute'

/** The ids of other objects by which it is known whose it is, by the kind of each. */
export function namedBy(one: Compared): Partial<Record<RefKind, string | null>> {
  const { snapshot } = one.input
  const named = { [one.kind]: externalIdOf(one), customer: snapshot.externalCustomerId }
  if ('externalSubscriptionId' in snapshot) Object.assign(named, { subscription: snapshot.externalSubscriptionId })
  if ('externalInvoiceId' in snapshot) Object.assign(named, { invoice: snapshot.externalInvoiceId })
  if ('externalPaymentId' in snapshot) Object.assign(named, { payment: snapshot.externalPaymentId })
  return named
}

export type RefKind = 'customer' | 'payment' | ObjectKind
export const refKinds = [
  'customer',
  'subscription',
  'invoice',
  'payment',
  'refund',
  'dispute',
] as const satisfies RefKind[]

export function externalIdOf({ kind, input: { snapshot } }: Compared): string {
  // Each kind shows its own id.
  const ids = {
    subscription: 'externalSubscriptionId',
    invoice: 'externalInvoiceId',
    refund: 'externalRefundId',
    dispute: 'externalDisputeId',
  } as const
  return String(Reflect.get(snapshot, ids[kind]))
}
