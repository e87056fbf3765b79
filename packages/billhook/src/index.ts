export { type BillingOptions, type BillingService, createBilling } from './billing.ts'
export type { Context, Settings } from './context.ts'
export { type Database, isDatabaseUnavailable, migratePostgres, sqlState } from './db/index.ts'
export { type BillhookConfig, defineConfig } from './define-config.ts'
export type { CatalogChange, CatalogDefinition, FieldChange, NewPrice, PlanDefinition } from './domain/catalog/index.ts'
export type { CheckoutSession } from './domain/checkout/index.ts'
export type { Coupon, NewCoupon } from './domain/coupons/index.ts'
export type { Entitlement, EntitlementSnapshot } from './domain/entitlements/index.ts'
export type { Grant } from './domain/grants/index.ts'
export {
  type ImportAccountInput,
  type ImportCounts,
  type ImportProblem,
  type ImportProgressNote,
  type ImportReport,
  importAccount,
  importKinds,
  parseCustomerMap,
} from './domain/imports/index.ts'
export type { Invoice, InvoiceLine, PayResult } from './domain/invoices/index.ts'
export type { Meter, NewMeter } from './domain/meters/index.ts'
export type { Overview } from './domain/overview/index.ts'
export type { Payment, Refund } from './domain/payments/index.ts'
export type {
  ReconcileDifference,
  ReconcileInput,
  ReconcileProgressNote,
  ReconcileRun,
  ReconcileRunWithDifferences,
} from './domain/reconcile/index.ts'
export type { RefundResult } from './domain/refunds/index.ts'
export type { ChangePreview, ManageResult, Subscription } from './domain/subscriptions/index.ts'
export type { Consumption, Reservation, Usage, UsageEventInput, UsageReceipt } from './domain/usage/index.ts'
export type { UsageReport } from './domain/usage-reports/index.ts'
export type { EntitlementSnapshots } from './entitlement-snapshots.ts'
export type { HostRequest } from './http/index.ts'
export { type ImportLegacyInput, importLegacy } from './legacy/import-legacy.ts'
export { type LegacyWebhook, StripeService } from './legacy/stripe-service.ts'
export type {
  BillingEvent,
  BillingEventData,
  BillingEventType,
  Listener,
  WebhookDelivery,
  WebhookEndpoint,
} from './outbox/index.ts'
export {
  type TestMessage,
  type VerifyWebhookInput,
  verifyWebhook,
  type WebhookMessage,
} from './outbox/verify-webhook.ts'
export {
  BillhookError,
  type Clock,
  errorMessage,
  fixedClock,
  type Ids,
  type Money,
  systemClock,
} from './primitives/index.ts'
export type { Environment, EnvironmentProvider, FromEnvironmentInput } from './providers/environment-provider.ts'
export { PaymentProviderFactory } from './providers/factory.ts'
export * from './providers/provider.ts'
