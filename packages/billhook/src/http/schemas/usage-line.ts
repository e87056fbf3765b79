import { z } from '@hono/zod-openapi'
import type { UsageLine } from '../../domain/usage-reports/index.ts'
import { currency, instant, iso } from './common.ts'

export const usageLineSchema = z
  .object({
    subscription_id: z.string(),
    price_id: z.string(),
    price_key: z.string(),
    meter: z.string(),
    quantity: z.string().openapi({ description: 'Decimal text' }),
    unit_amount_decimal: z.string(),
    currency,
    amount: z.int().openapi({ description: 'Minor units, net' }),
    period_start: instant,
    period_end: instant,
    billing: z.enum(['provider', 'unbilled']).openapi({
      description: 'provider: it bills what is reported to it; unbilled: nobody does',
    }),
  })
  .openapi('UsageLine')

export const usageLineJson = (line: UsageLine): z.infer<typeof usageLineSchema> => ({
  subscription_id: line.subscriptionId,
  price_id: line.priceId,
  price_key: line.priceKey,
  meter: line.meter,
  quantity: line.quantity,
  unit_amount_decimal: line.unitAmountDecimal,
  currency: line.currency,
  amount: line.amount,
  period_start: iso(line.periodStart),
  period_end: iso(line.periodEnd),
  billing: line.billing,
})
