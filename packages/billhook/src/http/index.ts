import type { Context } from '../context.ts'
import { InvariantError } from '../primitives/index.ts'
import { makeApp } from './app.ts'
import type { HostRequest, RegisterRoutes } from './env.ts'
import { openApiDocument } from './openapi.ts'
import type { HttpOptions } from './options.ts'
import { alertRoutes } from './routes/alerts.ts'
import { auditLogRoutes } from './routes/audit-log.ts'
import { changePreviewRoutes } from './routes/change-previews.ts'
import { checkApprovalRoutes } from './routes/check-approval.ts'
import { checkoutSessionRoutes } from './routes/checkout-sessions.ts'
import { couponRoutes } from './routes/coupons.ts'
import { docsRoutes } from './routes/docs.ts'
import { entitlementRoutes } from './routes/entitlements.ts'
import { eventRoutes } from './routes/events.ts'
import { grantRoutes } from './routes/grants.ts'
import { healthRoutes } from './routes/health.ts'
import { invoiceRoutes } from './routes/invoices.ts'
import { manageSubscriptionRoutes } from './routes/manage-subscription.ts'
import { meterRoutes } from './routes/meters.ts'
import { operationRoutes } from './routes/operations.ts'
import { organizationRoutes } from './routes/organizations.ts'
import { paymentRoutes } from './routes/payments.ts'
import { planRoutes } from './routes/plans.ts'
import { portalRoutes } from './routes/portal.ts'
import { providerLinkRoutes } from './routes/provider-links.ts'
import { providerRoutes } from './routes/provider-routes.ts'
import { publicConfigRoutes } from './routes/public-config.ts'
import { reconcileRoutes } from './routes/reconcile.ts'
import { reservationRoutes } from './routes/reservations.ts'
import { resyncRoutes } from './routes/resync.ts'
import { subscriptionRoutes } from './routes/subscriptions.ts'
import { usageRoutes } from './routes/usage.ts'
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts'
import { webhookEventRoutes } from './routes/webhook-events.ts'
import { webhookRoutes } from './routes/webhooks.ts'

export type { HostRequest } from './env.ts'
export type { HttpOptions, JwtOptions } from './options.ts'

const routes: readonly RegisterRoutes[] = [
  healthRoutes,
  organizationRoutes,
  planRoutes,
  couponRoutes,
  checkoutSessionRoutes,
  subscriptionRoutes,
  manageSubscriptionRoutes,
  changePreviewRoutes,
  checkApprovalRoutes,
  providerLinkRoutes,
  invoiceRoutes,
  paymentRoutes,
  meterRoutes,
  usageRoutes,
  entitlementRoutes,
  reservationRoutes,
  grantRoutes,
  operationRoutes,
  eventRoutes,
  webhookEndpointRoutes,
  webhookRoutes,
  webhookEventRoutes,
  alertRoutes,
  auditLogRoutes,
  reconcileRoutes,
  resyncRoutes,
  portalRoutes,
  publicConfigRoutes,
  docsRoutes,
  providerRoutes,
]

/** The whole HTTP face as one web-standard function. It never throws: what goes wrong is a problem document. */
export function createHttpHandler(
  ctx: Context,
  options: HttpOptions,
): (request: Request, host?: HostRequest) => Promise<Response> {
  const app = makeApp(ctx, options, routes)
  return async (request, host) => app.fetch(request, host)
}

/** The OpenAPI 3.1 document of every installation: it needs no database and no configuration. */
export function describeApi(): object {
  // Registering routes only keeps the Context for later; a use of it here would be a bug and throws.
  const untouched = new Proxy({} as Context, {
    get: (_, name) => {
      throw new InvariantError(`registering routes used ctx.${String(name)}`)
    },
  })
  return openApiDocument(makeApp(untouched, { apiKeys: [] }, routes))
}
