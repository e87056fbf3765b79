import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import { openAlert } from '../alerts/index.ts'
import type { ApplySubscriptionInput } from './apply-subscription.ts'
import { isLive } from './next-subscription.ts'
import {
  type BindingRow,
  claimExternalRef,
  findCustomer,
  findLiveSubscription,
  findSubscriptionRow,
  type SubscriptionRow,
} from './store.ts'

/** Where a provider's subscription belongs. */
export interface Place {
  bindingId: string
  role: BindingRow['role']
  subscriptionId: string
  customerId: string
  /** The subscription as it was; null when this snapshot makes it. */
  current: SubscriptionRow | null
}

/**
 * Which of our subscriptions does a provider's belong to, and in which role? A second live one of a product line is a duplicate of the
 * first: kept, alerted, never applied, so that no event fails on it and nobody pays twice unseen. `productLine` is that of its plan;
 * null while nothing in it is mapped.
 */
export async function placeSubscription(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplySubscriptionInput & { known: BindingRow | null; productLine: string | null },
): Promise<Place> {
  const { known, snapshot, origin } = input
  const place = known ? await placeKnown(scope, known) : await placeNew(ctx, scope, input)
  if (place.role !== 'billing' || !isLive(snapshot.status)) return place
  // The guard of the intent is asked again at activation: an incomplete one may be paid only now.
  const productLine = place.current?.productLine ?? input.productLine
  const other = productLine ? await findLiveSubscription(scope, productLine) : null
  if (!other || other.id === place.subscriptionId) return place
  await openAlert(scope, ctx, {
    kind: input.duplicateAlert ?? 'duplicate_subscription',
    subject: `${origin.provider}:${snapshot.externalSubscriptionId}`,
    severity: 'critical',
    detail: `Organization ${scope.organizationId} pays a second subscription of product line ${other.productLine}.`,
    facts: {
      subscription_id: other.id,
      external_subscription_id: snapshot.externalSubscriptionId,
      provider: origin.provider,
    },
  })
  return { ...place, role: 'duplicate', subscriptionId: other.id }
}

const placeKnown = async (scope: OrganizationScope, known: BindingRow): Promise<Place> => ({
  bindingId: known.id,
  role: known.role,
  subscriptionId: known.subscriptionId,
  customerId: known.customerId,
  current: await findSubscriptionRow(scope, known.subscriptionId),
})

async function placeNew(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot }: ApplySubscriptionInput,
): Promise<Place> {
  const { provider } = origin
  const customer = await findCustomer(scope, provider, snapshot.externalCustomerId)
  if (!customer) {
    throw conflict(
      'unknown_customer',
      `Customer ${snapshot.externalCustomerId} of ${provider} is none of this organization's.`,
    )
  }
  const subscriptionId = ctx.ids.next('subscription')
  await claimExternalRef(scope, {
    provider,
    kind: 'subscription',
    externalId: snapshot.externalSubscriptionId,
    objectId: subscriptionId,
  })
  return { bindingId: ctx.ids.next('binding'), role: 'billing', subscriptionId, customerId: customer.id, current: null }
}
