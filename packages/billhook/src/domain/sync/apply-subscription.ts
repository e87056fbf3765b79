import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { type BillhookError, conflict } from '../../primitives/index.ts'
import type { SubscriptionData } from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import { completeCheckout } from './complete-checkout.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import { dateDebt } from './invoice-store.ts'
import { choosePlanItem, isLive, isTerminal, nextSubscription } from './next-subscription.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { concludeChange, findOpenChange, recordPeriod, replaceItems } from './parts-store.ts'
import { type Place, placeSubscription } from './place-subscription.ts'
import {
  type BindingRow,
  findBinding,
  type MappedPrice,
  mapPrices,
  type SubscriptionRow,
  saveBinding,
  saveSubscription,
  updateBinding,
} from './store.ts'
import { subscriptionFacts } from './subscription-facts.ts'
import { decideVersion, type Observation } from './version.ts'

export interface ApplySubscriptionInput {
  origin: SnapshotOrigin
  snapshot: SubscriptionData
  observation: Observation
  /** We asked for an immediate end: paid time is given up whatever the provider can do. */
  endNow?: boolean
  /** What a second live one of a product line is called; only `duplicate_subscription` is cancelled by policy. */
  duplicateAlert?: 'duplicate_subscription' | 'second_live_subscription'
}

/**
 * The one place where a provider's subscription becomes ours. In one transaction under the organization's lock: version guard, pure
 * decision, rows, outbox. Only the billing binding's snapshots change the subscription.
 */
export async function applySubscription(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplySubscriptionInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const { origin, snapshot, observation } = input
  const digest = digestOf(snapshot)
  const known = await findBinding(scope, origin.provider, snapshot.externalSubscriptionId)
  if (known) {
    const verdict = decideVersion(known, observation, digest)
    // Too old for the present state, it still says which period there was.
    if (verdict === 'stale' || verdict === 'reread') await rememberPeriod(ctx, scope, snapshot, known)
    if (verdict === 'reread') return reread
    // Terminal at the provider stays terminal: nothing that comes later revives it.
    if (verdict === 'stale' || (isTerminal(known.externalStatus) && !isTerminal(snapshot.status))) return stale
    if (verdict === 'unchanged' && !input.endNow) {
      const confirmed = guardAfterConfirm(known, observation)
      if (confirmed) await updateBinding(scope, known.id, { ...confirmed, updatedAt: ctx.clock.now() })
      return unchanged
    }
  }
  const mapped = await mapPrices(
    scope,
    origin.provider,
    snapshot.items.map((item) => item.externalPriceId),
  )
  const productLine = choosePlanItem(snapshot.items, mapped, null)?.price.productLine ?? null
  const place = await placeSubscription(ctx, scope, { ...input, known, productLine })
  // A duplicate says nothing about the subscription it duplicates.
  const row = place.role === 'duplicate' ? null : await changeSubscription(ctx, scope, input, place, mapped)
  const now = ctx.clock.now()
  await saveBinding(scope, {
    id: place.bindingId,
    organizationId: scope.organizationId,
    subscriptionId: place.subscriptionId,
    customerId: place.customerId,
    provider: origin.provider,
    providerKind: origin.providerKind,
    externalSubscriptionId: snapshot.externalSubscriptionId,
    externalStatus: snapshot.status,
    // A duplicate stays one after its end, or what comes later would pass for news of the original.
    role: isTerminal(snapshot.status) && place.role !== 'duplicate' ? 'ended' : place.role,
    ...guardAfterApply(known, observation, digest),
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
  })
  await saveItems(ctx, scope, input, place, mapped)
  if (row) await tellChange(ctx, scope, input, place, row)
  return applied
}

async function changeSubscription(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplySubscriptionInput,
  place: Place,
  mapped: MappedPrice[],
): Promise<SubscriptionRow> {
  const { snapshot, observation, origin } = input
  const { current } = place
  const chosen = choosePlanItem(snapshot.items, mapped, current)
  if (!chosen) await alertUnmapped(ctx, scope, input, place.subscriptionId)
  const planId = chosen?.price.planId ?? current?.planId
  const priceId = chosen?.price.priceId ?? current?.priceId
  if (!planId || !priceId) throw unmappedPrice(input)
  const next = nextSubscription({
    current,
    snapshot,
    planId,
    priceId,
    quantity: chosen?.item.quantity ?? current?.quantity ?? 1,
    observedAt: observation.at,
    immediateEndIsMeant: input.endNow === true || origin.canCancelAtPeriodEnd,
  })
  const now = ctx.clock.now()
  const row: SubscriptionRow = {
    metadata: {},
    trialEndToldAt: null,
    cycleNo: 0,
    ...current,
    ...next.values,
    id: place.subscriptionId,
    organizationId: scope.organizationId,
    productLine: current?.productLine ?? chosen?.price.productLine ?? 'main',
    createdAt: current?.createdAt ?? now,
    updatedAt: now,
  }
  await saveSubscription(scope, row, current === null, next.endsNow)
  if (next.endsNow) await auditEndNow(ctx, scope, row, current)
  await dateDebt(scope, row.id)
  return row
}

async function rememberPeriod(
  ctx: Context,
  scope: OrganizationScope,
  snapshot: SubscriptionData,
  place: { id: string; role: BindingRow['role']; subscriptionId: string },
  options = { isPresent: false },
): Promise<void> {
  const { currentPeriodStart: startAt, currentPeriodEnd: endAt } = snapshot
  if (!startAt || !endAt || place.role === 'duplicate') return
  const period = {
    id: ctx.ids.next('subscriptionPeriod'),
    subscriptionId: place.subscriptionId,
    bindingId: place.id,
    startAt,
    endAt,
    isTrial: snapshot.status === 'trialing',
    createdAt: ctx.clock.now(),
  }
  await recordPeriod(scope, period, options)
}

async function tellChange(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot, observation }: ApplySubscriptionInput,
  place: Place,
  row: SubscriptionRow,
): Promise<void> {
  await rememberPeriod(ctx, scope, snapshot, { ...place, id: place.bindingId }, { isPresent: true })
  await concludePendingChange(ctx, scope, row)
  const state = { row, provider: origin.provider, externalSubscriptionId: snapshot.externalSubscriptionId }
  await appendFacts(ctx, scope, {
    facts: subscriptionFacts(place.current, state),
    source: observation.source,
    occurredAt: observation.at,
  })
  if (isLive(row.status)) await completeCheckout(ctx, scope, { snapshot, subscriptionId: row.id, observation })
}

async function saveItems(
  ctx: Context,
  scope: OrganizationScope,
  { snapshot }: ApplySubscriptionInput,
  place: Place,
  mapped: MappedPrice[],
): Promise<void> {
  const priceIds = new Map(mapped.map((price) => [price.externalPriceId, price.priceId]))
  await replaceItems(scope, {
    subscriptionId: place.subscriptionId,
    bindingId: place.bindingId,
    items: snapshot.items,
    priceIdOf: (externalPriceId) => priceIds.get(externalPriceId) ?? null,
    nextId: () => ctx.ids.next('subscriptionItem'),
    now: ctx.clock.now(),
  })
}

/** A wanted change is real once the state shows it, and moot once the subscription has ended. */
async function concludePendingChange(ctx: Context, scope: OrganizationScope, row: SubscriptionRow): Promise<void> {
  const change = await findOpenChange(scope, row.id)
  if (!change) return
  const isReal =
    (change.toPriceId === null || change.toPriceId === row.priceId) &&
    (change.toQuantity === null || change.toQuantity === row.quantity)
  if (isReal) await concludeChange(scope, change.id, 'applied', ctx.clock.now())
  else if (isTerminal(row.status)) await concludeChange(scope, change.id, 'canceled', ctx.clock.now())
}

const unmappedPrice = ({ origin, snapshot }: ApplySubscriptionInput): BillhookError =>
  conflict(
    'unmapped_price',
    `Subscription ${snapshot.externalSubscriptionId} of ${origin.provider} has no item whose price is one of ours: publish or map the price, then replay the event.`,
  )

async function alertUnmapped(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot }: ApplySubscriptionInput,
  subscriptionId: string,
): Promise<void> {
  await openAlert(scope, ctx, {
    kind: 'unmapped_price',
    subject: subscriptionId,
    severity: 'warning',
    detail: `No item of ${snapshot.externalSubscriptionId} at ${origin.provider} has a price of ours; the plan stays as it was.`,
    facts: { external_price_ids: snapshot.items.map((item) => item.externalPriceId) },
  })
}

const auditEndNow = (
  ctx: Context,
  scope: OrganizationScope,
  row: SubscriptionRow,
  before: SubscriptionRow | null,
): Promise<unknown> =>
  appendAuditEntry(scope, ctx, {
    actor: 'sync',
    action: 'end_now',
    subject: row.id,
    facts: { paid_through_was: before?.paidThroughAt ?? null, paid_through_is: row.paidThroughAt },
  })
