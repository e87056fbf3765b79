import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { BillhookError, conflict, invalid } from '../../primitives/index.ts'
import type { BasePaymentProvider, ProrationMode } from '../../providers/provider.ts'
import { getExternalPriceId, getPrice, type SellablePrice } from '../catalog/index.ts'
import { runOperation } from '../operations/index.ts'
import { isLive } from '../sync/index.ts'
import { billedAt, type ChangeInput, changeOf, unsupported } from './cancel-subscription.ts'
import { applyUpdated, manageResult } from './change-outcome.ts'
import { getRecord } from './get-subscription.ts'
import type { SubscriptionRecord } from './store.ts'
import type { ManageResult } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

export interface UpdatePlanInput extends ChangeInput {
  /** Our id or the price's key. */
  priceId: string
  /** Stays as it is when left out. */
  quantity?: number | undefined
  /** What happens to the rest of the period; the provider's first way when left out. */
  proration?: ProrationMode | undefined
}

export interface ChangeQuantityInput extends ChangeInput {
  quantity: number
  proration?: ProrationMode | undefined
}

/**
 * Moves a live subscription to another price of its product line. Entitlements move when the change is real: at once, when the buyer
 * approves, when the money is there, or at the next cycle, as the outcome says.
 *
 * Errors: `unknown_price` (404), `other_product_line`, `currency_mismatch`, `unsupported` (422), `subscription_not_live`,
 * `price_not_published`, `change_in_progress` (409), `invalid_quantity` (400), the provider's own.
 */
export async function updateSubscriptionPlan(ctx: Context, input: UpdatePlanInput): Promise<ManageResult> {
  const record = await getRecord(ctx, input)
  if (!isLive(record.row.status)) {
    throw conflict('subscription_not_live', `A subscription that is ${record.row.status} cannot be changed.`)
  }
  const quantity = input.quantity ?? record.row.quantity
  const { provider, externalSubscriptionId, bindingId } = billedAt(ctx, record)
  const { price, externalPriceId } = await inOrganization(ctx.db, input.organizationId, async (scope) => {
    const price = await getPrice(scope, { idOrKey: input.priceId })
    return { price, externalPriceId: await getExternalPriceId(scope, price, provider.providerName) }
  })
  checkChange(provider, record, price, quantity)
  if (price.id === record.row.priceId && quantity === record.row.quantity) {
    return { outcome: 'applied', subscription: await viewSubscription(ctx, record) }
  }
  const update = {
    externalSubscriptionId,
    items: [{ externalItemId: planItemOf(record, bindingId), externalPriceId, quantity }],
    proration: prorationFor(provider, input.proration),
  }
  const done = await runOperation(ctx, {
    ...changeOf(ctx, input, provider),
    kind: 'update_subscription',
    input: update,
    target: { kind: 'subscription', externalId: externalSubscriptionId },
    call: (operation) => provider.updateSubscription(update, operation),
    apply: applyUpdated,
  })
  return manageResult(ctx, input, done)
}

/** Changes how many are bought of the same price. Errors: those of updateSubscriptionPlan. */
export async function changeQuantity(ctx: Context, input: ChangeQuantityInput): Promise<ManageResult> {
  const record = await getRecord(ctx, input)
  return updateSubscriptionPlan(ctx, { ...input, priceId: record.row.priceId })
}

function checkChange(
  provider: BasePaymentProvider,
  { row }: SubscriptionRecord,
  price: SellablePrice,
  quantity: number,
): void {
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 1_000_000) {
    throw invalid('invalid_quantity', 'quantity must be a whole number from 1 to 1,000,000.')
  }
  if (quantity !== row.quantity && !provider.capabilities.quantity) throw unsupported(provider, 'change the quantity')
  if (price.productLine !== row.productLine) {
    throw new BillhookError(
      'other_product_line',
      `Price "${price.key}" is of product line "${price.productLine}", the subscription of "${row.productLine}".`,
      { status: 422 },
    )
  }
  if (price.currency !== row.currency) {
    throw new BillhookError(
      'currency_mismatch',
      `The subscription is in ${row.currency}; price "${price.key}" is in ${price.currency}.`,
      { status: 422 },
    )
  }
}

/** The item that carries the plan, by its mapped price; any other item is left as it is. */
function planItemOf({ row, items }: SubscriptionRecord, bindingId: string): string {
  const ofBinding = items.filter((item) => item.bindingId === bindingId)
  const item =
    ofBinding.find((candidate) => candidate.priceId === row.priceId) ??
    (ofBinding.length === 1 ? ofBinding[0] : undefined)
  if (!item)
    throw conflict(
      'unmapped_price',
      'None of the items at the provider has the price of this subscription; map it first.',
    )
  return item.externalItemId
}

function prorationFor(provider: BasePaymentProvider, wanted: ProrationMode | undefined): ProrationMode {
  const { proration } = provider.capabilities.changePlan
  const mode = wanted ?? (proration.includes('next_invoice') ? 'next_invoice' : proration[0])
  if (mode === undefined || !proration.includes(mode)) throw unsupported(provider, `prorate as "${wanted}"`)
  return mode
}
