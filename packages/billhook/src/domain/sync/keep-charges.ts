import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { stableStringify } from '../../primitives/index.ts'
import { laterCharge, latestCharges } from '../../providers/latest-charges.ts'
import type { ChargeData } from '../../providers/provider.ts'
import { findPaymentIds, saveCharges } from './charges-store.ts'
import { claimExternalRef } from './store.ts'
import { type BillsInput, loadCharges, writeBills } from './write-bills.ts'

export interface KeepChargesInput extends BillsInput {
  charges: readonly ChargeData[]
}

/**
 * Charges that were told or listed join those that are kept; one that is kept and was not listed stays: lists lag. The caller holds the
 * organization's lock. True: something was news. Error: `foreign_reference` (409).
 */
export async function keepCharges(ctx: Context, scope: OrganizationScope, input: KeepChargesInput): Promise<boolean> {
  const kept = await loadCharges(scope, input.binding)
  const news = newsAmong(kept.charges, input.charges)
  await saveNews(ctx, scope, input, news)
  const isWritten = await writeBills(ctx, scope, input)
  return isWritten || news.length > 0
}

/** Pure: those of the charges that say more than what is kept, each as it is to be kept. */
export function newsAmong(kept: readonly ChargeData[], told: readonly ChargeData[]): ChargeData[] {
  const known = new Map(kept.map((charge) => [charge.externalPaymentId, charge]))
  const named = told.map(({ pendingPaymentId = '', ...charge }) =>
    known.has(pendingPaymentId) ? { ...charge, externalPaymentId: pendingPaymentId } : charge,
  )
  return latestCharges(named).flatMap((charge) => {
    const before = known.get(charge.externalPaymentId)
    // What is kept names us by its own row.
    const said = { ...charge, ...(before && { externalCustomerId: before.externalCustomerId }), reference: {} }
    const after = before ? laterCharge(before, said) : said
    return before && stableStringify(before) === stableStringify(after) ? [] : [after]
  })
}

async function saveNews(
  ctx: Context,
  scope: OrganizationScope,
  { origin: { provider, providerKind }, binding }: BillsInput,
  news: readonly ChargeData[],
): Promise<void> {
  const now = ctx.clock.now()
  const known = await findPaymentIds(
    scope,
    binding.id,
    news.map(({ externalPaymentId }) => externalPaymentId),
  )
  const rows = news.map(({ externalSubscriptionId: _, externalCustomerId: __, reference: ___, ...charge }) => ({
    id: known.get(charge.externalPaymentId) ?? ctx.ids.next('payment'),
    organizationId: scope.organizationId,
    customerId: binding.customerId,
    bindingId: binding.id,
    provider,
    providerKind,
    ...charge,
    createdAt: charge.attemptedAt,
    updatedAt: now,
  }))
  // Refunds and disputes name nothing but the payment.
  for (const { id, externalPaymentId } of rows)
    if (!known.has(externalPaymentId))
      await claimExternalRef(scope, { provider, kind: 'payment', externalId: externalPaymentId, objectId: id })
  await saveCharges(scope, rows)
}
