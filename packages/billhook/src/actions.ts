import type { Context } from './context.ts'
import { createApiKey, revokeApiKey } from './domain/api-keys/index.ts'
import {
  applyCatalog,
  changePlan,
  createPlan,
  getPlan,
  listPlans,
  previewCatalog,
  publishPlan,
} from './domain/catalog/index.ts'
import { createCheckoutSession, getCheckoutSession } from './domain/checkout/index.ts'
import { archiveCoupon, createCoupon, getCoupon, listCoupons, publishCoupon } from './domain/coupons/index.ts'
import { createCustomer, getOrCreateCustomer } from './domain/customers/index.ts'
import { checkFeatureAccess, checkLimit, getEntitlement, listEntitlements } from './domain/entitlements/index.ts'
import { createGrant, listGrants, revokeGrant } from './domain/grants/index.ts'
import { getInvoice, listInvoices, payInvoice } from './domain/invoices/index.ts'
import { createMeter, getMeter, listMeters } from './domain/meters/index.ts'
import { changeOrganization, createOrganization, getOrganization } from './domain/organizations/index.ts'
import { getOverview } from './domain/overview/index.ts'
import { getPayment, listPayments } from './domain/payments/index.ts'
import { createPortalSession } from './domain/portal/index.ts'
import { getReconcileRun, listReconcileRuns, reconcile, resyncOrganization } from './domain/reconcile/index.ts'
import { refundPayment } from './domain/refunds/index.ts'
import {
  cancelSubscription,
  changeQuantity,
  checkApproval,
  createProviderPortalLink,
  getCurrentSubscription,
  getSubscription,
  listSubscriptions,
  pauseSubscription,
  previewChange,
  reactivateSubscription,
  resumeSubscription,
  updatePaymentMethod,
  updateSubscriptionPlan,
} from './domain/subscriptions/index.ts'
import { syncInvoiceFromProvider, syncSubscriptionFromProvider } from './domain/sync/index.ts'
import { consume, getUsage, recordUsage, releaseReservation, reserve, settleReservation } from './domain/usage/index.ts'
import { reportMeter, reportUsage } from './domain/usage-reports/index.ts'
import {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  listBillingEvents,
  listWebhookDeliveries,
  listWebhookEndpoints,
  recoverWebhooks,
  redeliverWebhook,
  rotateWebhookSecret,
  sendTestWebhook,
} from './outbox/index.ts'
import { receiveWebhook } from './webhooks/index.ts'

/** The library's verbs; each takes one input object. */
export const actions = {
  createOrganization,
  getOrganization,
  changeOrganization,
  createApiKey,
  revokeApiKey,
  createPlan,
  changePlan,
  getPlan,
  listPlans,
  publishPlan,
  previewCatalog,
  applyCatalog,
  createCoupon,
  getCoupon,
  listCoupons,
  publishCoupon,
  archiveCoupon,
  createPortalSession,
  createCustomer,
  getOrCreateCustomer,
  createCheckoutSession,
  getCheckoutSession,
  getCurrentSubscription,
  getSubscription,
  listSubscriptions,
  cancelSubscription,
  reactivateSubscription,
  updateSubscriptionPlan,
  checkApproval,
  changeQuantity,
  previewChange,
  pauseSubscription,
  resumeSubscription,
  updatePaymentMethod,
  createProviderPortalLink,
  syncSubscriptionFromProvider,
  syncInvoiceFromProvider,
  checkFeatureAccess,
  checkLimit,
  getEntitlement,
  listEntitlements,
  createGrant,
  listGrants,
  revokeGrant,
  createMeter,
  getMeter,
  listMeters,
  recordUsage,
  getUsage,
  consume,
  reserve,
  settleReservation,
  releaseReservation,
  getOverview,
  getInvoice,
  listInvoices,
  payInvoice,
  getPayment,
  listPayments,
  refundPayment,
  reportUsage,
  reportMeter,
  reconcile,
  resyncOrganization,
  listReconcileRuns,
  getReconcileRun,
  receiveWebhook,
  listBillingEvents,
  createWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  changeWebhookEndpoint,
  deleteWebhookEndpoint,
  rotateWebhookSecret,
  sendTestWebhook,
  listWebhookDeliveries,
  redeliverWebhook,
  recoverWebhooks,
}

type Actions = Record<string, (ctx: Context, input: never) => Promise<unknown>>
type Bound<A extends Actions> = {
  [K in keyof A]: A[K] extends (ctx: Context, input: infer Input) => infer Result ? (input: Input) => Result : never
}

export function bindActions<A extends Actions>(ctx: Context, unbound: A): Bound<A> {
  const bound = Object.entries(unbound).map(([name, action]) => [name, (input: never) => action(ctx, input)])
  // fromEntries forgets which name has which input; the mapped type says it again.
  return Object.fromEntries(bound) as Bound<A>
}
