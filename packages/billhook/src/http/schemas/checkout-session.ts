import { z } from '@hono/zod-openapi'
import type { CheckoutSession } from '../../domain/checkout/index.ts'
import { instant, isoOrNull } from './common.ts'
import { webUrl } from './web-url.ts'

export const newCheckoutSession = z
  .strictObject({
    price_id: z.string().min(1).max(200).openapi({ description: 'Id or key of a price' }),
    quantity: z.int().min(1).max(1_000_000).optional(),
    provider: z.string().optional(),
    success_url: webUrl,
    cancel_url: webUrl,
    coupon: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'Id or key of a coupon; not with promotion codes' }),
    allow_promotion_codes: z.boolean().optional().openapi({ description: 'The buyer may type one' }),
    collect_tax_ids: z.boolean().optional(),
    automatic_tax: z.boolean().optional(),
  })
  .openapi('NewCheckoutSession')

export const checkoutSessionSchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    provider: z.string(),
    external_session_id: z.string().nullable(),
    url: z.string().nullable().openapi({ description: 'Where the buyer pays, while it is open' }),
    status: z.enum(['open', 'processing', 'complete', 'expired']),
    price_id: z.string(),
    quantity: z.int(),
    expires_at: instant.nullable(),
    subscription_id: z.string().nullable(),
  })
  .openapi('CheckoutSession')

export const checkoutSessionJson = (session: CheckoutSession): z.infer<typeof checkoutSessionSchema> => ({
  id: session.id,
  organization_id: session.organizationId,
  provider: session.provider,
  external_session_id: session.externalSessionId,
  url: session.url,
  status: session.status,
  price_id: session.priceId,
  quantity: session.quantity,
  expires_at: isoOrNull(session.expiresAt),
  subscription_id: session.subscriptionId,
})
