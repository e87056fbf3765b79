import { billingNow, type Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { conflict, invalid, notFound } from '../../primitives/index.ts'
import type { ChangePreviewData, ProrationMode } from '../../providers/provider.ts'
import { getPrice } from '../catalog/index.ts'
import { emulatePreview, howPreviewed } from './emulate-preview.ts'
import type { SubscriptionInput } from './get-subscription.ts'
import { type PreparedChange, prepareChange, type WantedChange } from './prepare-change.ts'
import { type ChangePreviewRow, findPreview, insertPreview } from './preview-store.ts'

/** What a change would cost, and until when committing it charges exactly this. Amounts are minor units; credits are negative. */
export interface ChangePreview extends ChangePreviewData {
  id: string
  subscriptionId: string
  priceId: string
  quantity: number
  prorationMode: ProrationMode
  /** By what it was computed, where the provider shows no previews. */
  how: string | null
  /** By the billing clock. */
  expiresAt: Date
}

const lifeMs = 15 * 60_000

/**
 * Shows what a change would cost; changes nothing. A preview that fails is an error, never a price of 0. Errors: those of
 * updateSubscriptionPlan; `nothing_to_change` (400); `unsupported` (422) where what is shown could not be kept.
 */
export async function previewChange(ctx: Context, input: WantedChange): Promise<ChangePreview> {
  const change = await prepareChange(ctx, input)
  const { provider, price, quantity, record, proration } = change
  if (!change.isChange) throw invalid('nothing_to_change', 'The subscription is like this already.')
  const now = await billingNow(ctx, provider.providerName)
  const { shown, how } = await showChange(ctx, change, now)
  const preview: ChangePreview = {
    ...shown,
    id: ctx.ids.next('changePreview'),
    subscriptionId: record.row.id,
    priceId: price.id,
    quantity,
    prorationMode: proration,
    how,
    expiresAt: new Date(now.getTime() + lifeMs),
  }
  await inOrganization(ctx.db, input.organizationId, (scope) =>
    insertPreview(scope, {
      id: preview.id,
      organizationId: input.organizationId,
      subscriptionId: preview.subscriptionId,
      toPriceId: price.id,
      toQuantity: quantity,
      proration,
      prorationAt: shown.prorationAt,
      dueNow: shown.dueNow,
      shown: { ...shown, from: startOf(change) },
      expiresAt: preview.expiresAt,
      createdAt: now,
    }),
  )
  return preview
}

async function showChange(
  ctx: Context,
  change: PreparedChange,
  now: Date,
): Promise<{ shown: ChangePreviewData; how: string | null }> {
  const { provider, record, update } = change
  if (provider.previewUpdate && provider.capabilities.preview)
    return { shown: await provider.previewUpdate(update), how: null }
  const { organizationId, priceId } = record.row
  const from = await inOrganization(ctx.db, organizationId, (scope) => getPrice(scope, { idOrKey: priceId }))
  return { shown: emulatePreview(change, { from, now }), how: howPreviewed }
}

/** What the amounts were computed from; once it is another, they are wrong. */
const startOf = ({ record: { row } }: PreparedChange) => ({
  priceId: row.priceId,
  quantity: row.quantity,
  currentPeriodEnd: row.currentPeriodEnd?.toISOString() ?? null,
})

export interface UsablePreview {
  id: string
  prorationAt: Date
  change: { priceId: string; quantity: number; proration: ProrationMode }
  from: unknown
}

/** Errors: `preview_not_found` (404), `preview_expired`, `preview_mismatch` (409). */
export async function getUsablePreview(
  ctx: Context,
  wanted: WantedChange & SubscriptionInput,
  previewId: string,
): Promise<UsablePreview> {
  const found = await inOrganization(ctx.db, wanted.organizationId, async (scope) => {
    const preview = await findPreview(scope, previewId)
    const price = wanted.priceId === undefined ? null : await getPrice(scope, { idOrKey: wanted.priceId })
    return preview && { ...preview, isSamePrice: price === null || price.id === preview.row.toPriceId }
  })
  if (!found) throw notFound('preview_not_found', `There is no preview ${previewId}.`)
  const { row, provider, isSamePrice } = found
  if (!isSamePrice || !isOf(row, wanted)) throw mismatch(previewId, 'it was made for another change')
  if (row.expiresAt <= (await billingNow(ctx, provider)))
    throw conflict('preview_expired', 'What the preview showed no longer holds; make another one.', {
      preview_id: previewId,
    })
  return {
    id: row.id,
    prorationAt: row.prorationAt,
    change: { priceId: row.toPriceId, quantity: row.toQuantity, proration: row.proration },
    from: row.shown.from,
  }
}

const isOf = (row: ChangePreviewRow, wanted: WantedChange): boolean =>
  row.subscriptionId === wanted.subscriptionId &&
  (wanted.quantity === undefined || wanted.quantity === row.toQuantity) &&
  (wanted.proration === undefined || wanted.proration === row.proration)

/** Error: `preview_mismatch` (409) when the subscription is no longer what the preview started from. */
export function requireSameStart(preview: UsablePreview, change: PreparedChange): void {
  const now: Record<string, unknown> = startOf(change)
  const then = typeof preview.from === 'object' && preview.from !== null ? preview.from : {}
  if (Object.keys(now).some((key) => now[key] !== Reflect.get(then, key)))
    throw mismatch(preview.id, 'the subscription has changed since')
}

const mismatch = (previewId: string, why: string) =>
  conflict('preview_mismatch', `The preview does not show this change: ${why}.`, { preview_id: previewId })
