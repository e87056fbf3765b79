import { z } from '@hono/zod-openapi'
import type { getOverview } from '../../domain/overview/index.ts'
import { entitlementJson, entitlementSchema } from './entitlement.ts'
import { invoiceJson, invoiceSchema } from './invoice.ts'
import { organizationJson, organizationSchema } from './organization.ts'
import { planJson, planSchema } from './plan.ts'
import { subscriptionJson, subscriptionSchema } from './subscription.ts'
import { usageLineJson, usageLineSchema } from './usage-line.ts'

export const overviewSchema = z
  .object({
    organization: organizationSchema,
    subscription: subscriptionSchema.nullable(),
    plan: planSchema.nullable(),
    entitlements: z.array(entitlementSchema),
    usage_lines: z.array(usageLineSchema).openapi({
      description: 'What metered prices come to, in the period that is open and the one before it',
    }),
    invoices: z.array(invoiceSchema).openapi({ description: 'The latest' }),
    actions: z.array(z.string()).openapi({ description: 'What can be done now' }),
  })
  .openapi('Overview')

export const overviewJson = (overview: Awaited<ReturnType<typeof getOverview>>): z.infer<typeof overviewSchema> => ({
  organization: organizationJson(overview.organization),
  subscription: overview.subscription && subscriptionJson(overview.subscription),
  plan: overview.plan && planJson(overview.plan),
  entitlements: overview.entitlements.map(entitlementJson),
  usage_lines: overview.usageLines.map(usageLineJson),
  invoices: overview.invoices.map(invoiceJson),
  actions: [...overview.actions],
})
