import { actions, bindActions } from './actions.ts'
import { type Context, defaultSettings, type Settings } from './context.ts'
import { type Database, databaseStateStore, openPglite, openPostgres } from './db/index.ts'
import { EntitlementSnapshots } from './entitlement-snapshots.ts'
import { createHttpHandler, type JwtOptions } from './http/index.ts'
import { Alarm, type RunningJobs, runJobsUntilIdle, startJobs } from './jobs/index.ts'
import { legacyStripeWebhookPaths } from './legacy/stripe-webhook-paths.ts'
import type { Listener } from './outbox/index.ts'
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
  const background: Background = { alarm: new Alarm(), running: null }
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
    wake: (job) => background.alarm.ring(job),
    isWorking: () => background.running !== null,
  }
  const webhookPaths = { ...legacyStripeWebhookPaths(options.legacyStripeWebhookPath), ...options.webhookPaths }
  try {
    // A provider that misses a key says so now, not at the first customer; so does a path that leads to none.
    ctx.providers.all()
    for (const provider of Object.values(webhookPaths)) ctx.providers.getProvider(provider)
    return serviceOf(ctx, background, { ...options, webhookPaths })
  } catch (error) {
    if (!options.database) await db.close()
    throw error
  }
}

/** Everything an application calls. An interface, so that an application's own declarations can name it. */
export interface BillingService extends ReturnType<typeof serviceOf> {}

interface Background {
  readonly alarm: Alarm
  running: RunningJobs | null
}

function serviceOf(ctx: Context, background: Background, options: BillingOptions) {
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
      background.running ??= startJobs(ctx, background.alarm)
    },
    /** Ends background work, then the database connection, unless it was given. */
    async stop(): Promise<void> {
      await background.running?.stop()
      background.running = null
      if (!options.database) await ctx.db.close()
    },
    /** Checks without I/O: `(await entitlements.snapshotOf({ organizationId })).allows('sso')`. */
    entitlements: new EntitlementSnapshots(ctx),
    /** Does everything that is due, in the foreground: for tests, and for hosts without background work. */
    runJobs: () => runJobsUntilIdle(ctx),
    ...bindActions(ctx, actions),
  }
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
