import { z } from '@hono/zod-openapi'
import type { ChangePreview } from '../../domain/subscriptions/index.ts'
import { currency, instant, iso, isoOrNull, minorUnits } from './common.ts'
import { prorationMode } from './subscription.ts'

export const previewRequest = z
  .strictObject({
    price_id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'Id or key; the present price when absent' }),
    quantity: z.int().min(1).max(1_000_000).optional(),
    proration: prorationMode.optional(),
  })
  .openapi('PreviewChange')

const lineSchema = z
  .object({
    description: z.string(),
    quantity: z.int().nullable(),
    amount: minorUnits.openapi({ description: 'Net and signed, minor units' }),
    proration: z.boolean(),
    period_start: instant.nullable(),
    period_end: instant.nullable(),
  })
  .openapi('PreviewLine')

export const previewSchema = z
  .object({
    preview_id: z.string(),
    subscription_id: z.string(),
    price_id: z.string(),
    quantity: z.int(),
    proration_mode: prorationMode,
    proration_at: instant,
    expires_at: instant.openapi({ description: 'Committing with preview_id charges exactly this until then' }),
    currency,
    lines: z.array(lineSchema),
    proration: minorUnits.openapi({ description: 'Sum of the proration lines' }),
    tax: minorUnits,
    credit_applied: minorUnits,
    due_now: minorUnits,
    next_charge: z.object({ amount: minorUnits, at: instant }).nullable(),
    emulated: z
      .literal(true)
      .optional()
      .openapi({ description: 'The provider shows no previews; it was computed here' }),
    how: z.string().optional().openapi({ description: 'By what it was computed, in a sentence' }),
  })
  .openapi('ChangePreview')

export const previewJson = (preview: ChangePreview): z.infer<typeof previewSchema> => ({
  preview_id: preview.id,
  subscription_id: preview.subscriptionId,
  price_id: preview.priceId,
  quantity: preview.quantity,
  proration_mode: preview.prorationMode,
  proration_at: iso(preview.prorationAt),
  expires_at: iso(preview.expiresAt),
  currency: preview.currency,
  lines: preview.lines.map((line) => ({
    description: line.description,
    quantity: line.quantity,
    amount: line.amount,
    proration: line.proration,
    period_start: isoOrNull(line.periodStart),
    period_end: isoOrNull(line.periodEnd),
  })),
  proration: preview.proration,
  tax: preview.tax,
  credit_applied: preview.creditApplied,
  due_now: preview.dueNow,
  next_charge: preview.nextCharge && { amount: preview.nextCharge.amount, at: iso(preview.nextCharge.at) },
  ...(preview.how !== null && { emulated: true as const, how: preview.how }),
})
