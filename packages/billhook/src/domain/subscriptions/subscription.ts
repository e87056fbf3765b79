import type { Metadata } from '../../db/schema/columns.ts'
import type { PauseData, SubscriptionStatus } from '../../providers/provider.ts'
import type { Access } from './access.ts'

export interface BindingView {
  id: string
  provider: string
  providerKind: string
  externalSubscriptionId: string
  role: 'billing' | 'pending' | 'ending' | 'ended' | 'duplicate'
  engine: 'provider' | 'own'
}

export interface SubscriptionItemView {
  id: string
  priceId: string | null
  priceKey: string | null
  externalItemId: string
  externalPriceId: string
  quantity: number | null
}

/** A change that is wanted and not real yet. */
export interface SubscriptionChangeView {
  id: string
  outcome: 'scheduled' | 'requires_approval' | 'pending_payment'
  toPriceId: string | null
  toQuantity: number | null
  approvalUrl: string | null
  expiresAt: Date | null
  effectiveAt: Date | null
}

/** A subscription as it is shown: everywhere the same, in the API, to listeners and in the library. */
export interface Subscription {
  id: string
  organizationId: string
  productLine: string
  planId: string
  planKey: string
  priceId: string
  priceKey: string
  /** Of the billing binding, or of the last one. */
  provider: string | null
  providerKind: string | null
  externalSubscriptionId: string | null
  externalCustomerId: string | null
  stripeSubscriptionId: string | null
  stripeCustomerId: string | null
  bindings: BindingView[]
  status: SubscriptionStatus
  quantity: number
  items: SubscriptionItemView[]
  currentPeriodStart: Date | null
  currentPeriodEnd: Date | null
  paidThroughAt: Date | null
  trialEnd: Date | null
  /** True whenever an end is scheduled, whichever way the provider says it. */
  cancelAtPeriodEnd: boolean
  cancelAt: Date | null
  canceledAt: Date | null
  endedAt: Date | null
  pause: PauseData | null
  pendingChange: SubscriptionChangeView | null
  access: Access
  metadata: Metadata
}

/** What became of an action on a subscription. `pending`: the provider's answer was lost; the operation says later. */
export type ManageResult =
  /** `how`: by what the provider can do, where it lacks what was asked for. */
  | { outcome: 'applied'; subscription: Subscription; how?: string }
  | { outcome: 'scheduled'; effectiveAt: Date; subscription: Subscription }
  | { outcome: 'requires_approval'; approvalUrl: string; subscription: Subscription }
  | { outcome: 'pending_payment'; paymentUrl: string | null; subscription: Subscription }
  | { outcome: 'pending'; operationId: string }
