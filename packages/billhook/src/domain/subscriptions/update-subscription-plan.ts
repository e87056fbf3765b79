import type { Context } from '../../context.ts'
import { requireWebUrl } from '../../primitives/index.ts'
import type { ProrationMode } from '../../providers/provider.ts'
import { runOperation } from '../operations/index.ts'
import { type ChangeInput, changeOf } from './billed-change.ts'
import { applyUpdated, manageResult } from './change-outcome.ts'
import { type PreparedChange, prepareChange } from './prepare-change.ts'
import { getUsablePreview, requireSameStart } from './preview-change.ts'
import type { ManageResult } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

export interface UpdatePlanInput extends ChangeInput {
  /** Our id or the price's key; with a preview it may be left out. */
  priceId?: string | undefined
  /** Stays as it is when left out. */
  quantity?: number | undefined
  /** What happens to the rest of the period; the provider's first way when left out. */
  proration?: ProrationMode | undefined
  /** Charges exactly what this preview showed. */
  previewId?: string | undefined
  /** Where a page on which the change is approved leads back to; the service's own address when left out. */
  returnUrl?: string | undefined
}

export interface ChangeQuantityInput extends ChangeInput {
  /** With a preview it may be left out. */
  quantity?: number | undefined
  proration?: ProrationMode | undefined
  previewId?: string | undefined
  returnUrl?: string | undefined
}

/**
 * Moves a live subscription to another price of its product line. Entitlements move when the change is real: at once, when the buyer
 * approves, when the money is there, or at the next cycle, as the outcome says.
 *
 * Errors: `unknown_price` (404), `other_product_line`, `currency_mismatch`, `unsupported` (422), `subscription_not_live`,
 * `price_not_published`, `change_in_progress` (409), `invalid_quantity`, `invalid_url` (400); with a preview `preview_not_found` (404),
 * `preview_expired`, `preview_mismatch` (409); the provider's own.
 */
export async function updateSubscriptionPlan(ctx: Context, input: UpdatePlanInput): Promise<ManageResult> {
  if (input.returnUrl !== undefined) requireWebUrl('return_url', input.returnUrl)
  const preview = input.previewId === undefined ? null : await getUsablePreview(ctx, input, input.previewId)
  const change = await prepareChange(ctx, { ...input, ...preview?.change })
  if (!change.isChange) return { outcome: 'applied', subscription: await viewSubscription(ctx, change.record) }
  if (preview) requireSameStart(preview, change)
  // Only a provider that has shown the amounts needs the moment they were computed for.
  return commit(ctx, input, change, change.provider.capabilities.preview ? preview?.prorationAt : undefined)
}

async function commit(
  ctx: Context,
  input: UpdatePlanInput,
  { provider, update: wanted }: PreparedChange,
  prorationAt: Date | undefined,
): Promise<ManageResult> {
  const { returnUrl } = input
  const update = {
    ...wanted,
    ...(prorationAt && { prorationAt: prorationAt.toISOString() }),
    ...(returnUrl !== undefined && { returnUrl }),
  }
  const done = await runOperation(ctx, {
    ...changeOf(ctx, input, provider),
    kind: 'update_subscription',
    input: update,
    target: { kind: 'subscription', externalId: update.externalSubscriptionId },
    call: (operation) => provider.updateSubscription(update, operation),
    apply: applyUpdated,
  })
  return manageResult(ctx, input, done)
}

/** Changes how many are bought of the same price. Errors: those of updateSubscriptionPlan. */
export const changeQuantity = (ctx: Context, input: ChangeQuantityInput): Promise<ManageResult> =>
  updateSubscriptionPlan(ctx, input)
