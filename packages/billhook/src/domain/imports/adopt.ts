import type { Context } from '../../context.ts'
import { asPlatform, inOrganization, lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { conflict, storable } from '../../primitives/index.ts'
import {
  type BasePaymentProvider,
  type ChargeAbility,
  type InvoiceData,
  type SubscriptionData,
  subscriptionOfBill,
} from '../../providers/provider.ts'
import { type ImportPriceInput, importPrice } from '../catalog/index.ts'
import { preferPayingCustomer } from '../customers/index.ts'
import {
  applyInvoice,
  applySubscription,
  choosePlanItem,
  hasInvoice,
  isLive,
  mapPrices,
  type Observation,
  readCharges,
  type SnapshotOrigin,
} from '../sync/index.ts'
import type { AccountRun } from './account-run.ts'
import { type LeftOut, leftOut } from './left-out.ts'
import type { Taken } from './report.ts'
import { selectLiveLines, selectOrganizationIds } from './store.ts'

interface AdoptInput<S> {
  origin: SnapshotOrigin
  snapshot: S
  observation: Observation
}

export const secondLive = (productLine: string, other: string): LeftOut =>
  leftOut(
    'second_live_subscription',
    `Its organization has a live subscription of product line "${productLine}" already: ${other}. It is kept beside that one and gives no access: end it, or put its product into a product line of its own before the import.`,
  )

export const unmappedPrice = (externalPriceIds: string[]) =>
  conflict('unmapped_price', `None of its prices is one of ours: ${externalPriceIds.join(', ') || 'it shows none'}.`)

/** Makes a provider's price ours, in a transaction of its own. Errors: those of `importPrice`. */
export const adoptPrice = (ctx: Context, input: ImportPriceInput, options: { dryRun: boolean }) =>
  asPlatform(ctx.db, (scope) => importPrice(ctx, scope, input, options))

/** Our ids of organizations, by the host's, of those that are there. */
export const findOrganizationIds = (ctx: Context, externalIds: string[]): Promise<Map<string, string>> =>
  asPlatform(ctx.db, (scope) => selectOrganizationIds(scope, externalIds))

/**
 * Applies a subscription that was never heard of here. A second live one of a product line is kept beside the first with an alert of its
 * own, so that no later event takes it for a duplicate that policy cancels at the provider: moving data in ends nobody's subscription.
 * Errors: `unmapped_price` (409), what `applySubscription` throws.
 */
export async function adoptSubscription(
  ctx: Context,
  scope: OrganizationScope,
  input: AdoptInput<SubscriptionData>,
): Promise<Taken> {
  await lockOrganization(scope)
  const { origin } = input
  const snapshot = storable(input.snapshot)
  const externalPriceIds = snapshot.items.map((item) => item.externalPriceId)
  const chosen = choosePlanItem(snapshot.items, await mapPrices(scope, origin.provider, externalPriceIds), null)
  if (!chosen) throw unmappedPrice(externalPriceIds)
  const { productLine } = chosen.price
  const other = isLive(snapshot.status) ? (await selectLiveLines(scope)).get(productLine) : undefined
  const { outcome } = await applySubscription(ctx, scope, {
    ...input,
    snapshot,
    duplicateAlert: 'second_live_subscription',
  })
  if (outcome !== 'applied') return { did: 'leave' }
  if (other && other !== snapshot.externalSubscriptionId) return secondLive(productLine, other)
  if (isLive(snapshot.status))
    await preferPayingCustomer(ctx, scope, {
      provider: origin.provider,
      externalCustomerId: snapshot.externalCustomerId,
    })
  return { did: 'create' }
}

/** Applies an invoice that was never heard of here. Errors: `unknown_subscription` (409), what `applyInvoice` throws. */
export async function adoptInvoice(
  ctx: Context,
  scope: OrganizationScope,
  input: AdoptInput<InvoiceData>,
): Promise<Taken> {
  const result = await applyInvoice(ctx, scope, { ...input, snapshot: storable(input.snapshot) })
  if (result.outcome === 'needs') throw subscriptionMissing(result.externalSubscriptionId)
  return { did: result.outcome === 'applied' ? 'create' : 'leave' }
}

export const subscriptionMissing = (externalSubscriptionId: string) =>
  conflict('unknown_subscription', `Its subscription ${externalSubscriptionId} did not come in.`)

/** Where bills are written here, all of a subscription's come in with its charges. Errors: `unknown_subscription`, `not_billed` (409). */
export async function adoptBill(
  run: AccountRun,
  provider: BasePaymentProvider & { charges: ChargeAbility },
  organizationId: string,
  { externalInvoiceId }: InvoiceData,
): Promise<Taken> {
  const externalSubscriptionId = subscriptionOfBill(externalInvoiceId)
  if (!run.chargesRead.has(externalSubscriptionId)) {
    const reading = { organizationId, provider, externalSubscriptionId, source: 'import' } as const
    const { outcome } = await readCharges(run.ctx, reading)
    if (outcome === 'needs') throw subscriptionMissing(externalSubscriptionId)
    run.chargesRead.add(externalSubscriptionId)
  }
  const isThere = await inOrganization(run.ctx.db, organizationId, (scope) =>
    hasInvoice(scope, provider.providerName, externalInvoiceId),
  )
  if (!isThere)
    throw conflict('not_billed', `What was collected for ${externalSubscriptionId} makes no such bill here.`)
  return { did: 'create' }
}
