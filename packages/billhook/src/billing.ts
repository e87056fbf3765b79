import { type Context, defaultSettings, type Settings } from './context.ts'
import { type Database, databaseStateStore, openPglite, openPostgres } from './db/index.ts'
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
import { EntitlementSnapshots } from './entitlement-snapshots.ts'
import { createHttpHandler, type JwtOptions } from './http/index.ts'
import { Alarm, type RunningJobs, runJobsUntilIdle, startJobs } from './jobs/index.ts'
import { legacyStripeWebhookPaths } from './legacy/stripe-webhook-paths.ts'
import {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  type Listener,
  listBillingEvents,
  listWebhookDeliveries,
  listWebhookEndpoints,
  recoverWebhooks,
  redeliverWebhook,
  rotateWebhookSecret,
  sendTestWebhook,
} from './outbox/index.ts'
import {
  type Clock,
  type Ids,
  nameServers,
  type ResolveHost,
  systemClock,
  systemIds,
  systemResolver,
} from './primitives/index.ts'
import { PaymentProviderFactory } from './providers/factory.ts'
import type { Logger, MakeProvider, ProviderHost } from './providers/provider.ts'
import { receiveWebhook } from './webhooks/index.ts'

export interface BillingOptions {
  /** A Postgres to use; without it, an embedded one in `dataDir`. */
  databaseUrl?: string | undefined
  /** Where the embedded Postgres keeps its files; `.billhook` when left out. */
  dataDir?: string | undefined
  /** A database that is open and migrated already; it is not closed by `stop`. */
  database?: Database | undefined
  /** Where this installation is reached from outside: hosted pages and webhooks point there. */
  baseUrl: string
  /** Provider accounts by name. */
  providers: Record<string, MakeProvider>
  /** Needed when several are registered. */
  defaultProvider?: string | undefined
  /** Platform keys for the HTTP face, besides those in the database. */
  apiKeys?: readonly string[] | undefined
  jwt?: JwtOptions | undefined
  isDemo?: boolean | undefined
  /** Paths besides `/api/v1/billing/webhooks/<provider>/` that take a provider's webhooks: path to account name. */
  webhookPaths?: Readonly<Record<string, string>> | undefined
  /**
   * Where Stripe's webhooks went in a Stripe-only integration; they go on arriving there, for the account named `stripe`.
   * @deprecated Point the endpoint at `/api/v1/billing/webhooks/stripe/`.
   */
  legacyStripeWebhookPath?: string | undefined
  /** Who hears of BillingEvents, by name; the name is what deliveries are remembered under. */
  listeners?: Record<string, Listener> | undefined
  settings?: Partial<Omit<Settings, 'baseUrl'>> | undefined
  logger?: Logger | undefined
  clock?: Clock | undefined
  ids?: Ids | undefined
  /** The one way out for providers' plain HTTP. */
  fetch?: typeof fetch | undefined
  /** Where the names of webhook endpoints lead; the name servers say so when it is left out. */
  resolveHost?: ResolveHost | undefined
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * Opens the database, brings its schema up to date, and gives the service. Background work begins with `start()`.
 * Errors: `data_directory_in_use`, whatever the database says, and what a provider misses in its configuration.
 */
export async function createBilling(options: BillingOptions): Promise<BillingService> {
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? silent
  const db = options.database ?? (await openDatabase(options, logger))
  const alarm = new Alarm()
  const settings = { ...defaultSettings, ...options.settings, baseUrl: options.baseUrl.replace(/\/+$/, '') }
  const ctx: Context = {
    db,
    clock,
    ids: options.ids ?? systemIds(clock),
    logger,
    providers: makeFactory(options, { db, clock, logger }),
    settings,
    receivers: new Map(Object.entries(options.listeners ?? {})),
    resolveHost: options.resolveHost ?? (settings.allowPrivateWebhooks ? systemResolver : nameServers()),
    wake: (job) => alarm.ring(job),
  }
  const webhookPaths = { ...legacyStripeWebhookPaths(options.legacyStripeWebhookPath), ...options.webhookPaths }
  try {
    // A provider that misses a key says so now, not at the first customer; so does a path that leads to none.
    ctx.providers.all()
    for (const provider of Object.values(webhookPaths)) ctx.providers.getProvider(provider)
    return serviceOf(ctx, alarm, { ...options, webhookPaths })
  } catch (error) {
    if (!options.database) await db.close()
    throw error
  }
}

/** Everything an application calls. An interface, so that an application's own declarations can name it. */
export interface BillingService extends ReturnType<typeof serviceOf> {}

function serviceOf(ctx: Context, alarm: Alarm, options: BillingOptions) {
  let running: RunningJobs | null = null
  return {
    ctx,
    providers: ctx.providers,
    /** The HTTP face: REST, webhooks, hosted pages of providers. */
    handler: createHttpHandler(ctx, {
      apiKeys: options.apiKeys ?? [],
      jwt: options.jwt,
      isDemo: options.isDemo,
      webhookPaths: options.webhookPaths,
    }),
    /** Begins the background work of this process; safe to run in several at once. */
    start(): void {
      running ??= startJobs(ctx, alarm)
    },
    /** Ends background work, then the database connection, unless it was given. */
    async stop(): Promise<void> {
      await running?.stop()
      running = null
      if (!options.database) await ctx.db.close()
    },
    /** Checks without I/O: `(await entitlements.snapshotOf({ organizationId })).allows('sso')`. */
    entitlements: new EntitlementSnapshots(ctx),
    /** Does everything that is due, in the foreground: for tests, and for hosts without background work. */
    runJobs: () => runJobsUntilIdle(ctx),
    ...bindActions(ctx, actions),
  }
}

/** The library's verbs; each takes one input object. */
const actions = {
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

function bindActions<A extends Actions>(ctx: Context, unbound: A): Bound<A> {
  const bound = Object.entries(unbound).map(([name, action]) => [name, (input: never) => action(ctx, input)])
  // fromEntries forgets which name has which input; the mapped type says it again.
  return Object.fromEntries(bound) as Bound<A>
}

const openDatabase = ({ databaseUrl, dataDir = '.billhook' }: BillingOptions, logger: Logger): Promise<Database> =>
  databaseUrl ? openPostgres({ url: databaseUrl, logger }) : openPglite({ directory: dataDir })

function makeFactory(options: BillingOptions, parts: Pick<Context, 'db' | 'clock' | 'logger'>): PaymentProviderFactory {
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const host = (providerName: string): ProviderHost => ({
    providerName,
    baseUrl,
    webhookUrl: `${baseUrl}/api/v1/billing/webhooks/${providerName}/`,
    clock: parts.clock,
    logger: parts.logger,
    stateStore: databaseStateStore({ db: parts.db, clock: parts.clock, provider: providerName }),
    fetch: options.fetch ?? fetch,
  })
  const factory = new PaymentProviderFactory({ host, defaultProvider: options.defaultProvider })
  for (const [name, make] of Object.entries(options.providers)) factory.registerProvider(name, make)
  return factory
}
