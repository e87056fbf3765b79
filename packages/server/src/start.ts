import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BillingOptions, type BillingService, createBilling, type Logger } from 'billhook'
import { ensureDashboard } from './build-dashboard.ts'
import { builtInProviders } from './built-in-providers.ts'
import { chooseProviders } from './choose-providers.ts'
import type { Configuration } from './configuration.ts'
import { prepareDataDirectory } from './data-directory.ts'
import { makeDemo } from './demo.ts'
import { loadConfigFile } from './load-config-file.ts'
import { keptPlatformKey } from './platform-key.ts'
import { makePortalPages } from './portal-pages.ts'
import { type Listening, requireFreeAddress, type ServeOptions, serve } from './serve.ts'
import { makeSite } from './site.ts'

const projectRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const graceMs = 10_000

export interface StartOptions {
  configuration: Configuration
  logger: Logger
  /** Where `billhook.config.ts` is looked for. */
  workingDirectory: string
  /** Lines for the person who started it. */
  say(line: string): void
}

export interface RunningService {
  billing: BillingService
  port: number
  stop(): Promise<void>
}

type Opening = Omit<StartOptions, 'say'>

/** The service without a listener: its database is open and up to date. */
export async function openBilling(options: Opening): Promise<BillingService> {
  return createBilling((await readSettings(options)).billing)
}

/** What is configured, read and checked. Nothing is open yet. */
async function readSettings({ configuration, logger, workingDirectory }: Opening) {
  const { variables, baseUrl } = configuration
  const file = await loadConfigFile(workingDirectory)
  const chosen = chooseProviders(configuration, file, builtInProviders)
  if (!variables.DATABASE_URL || !variables.BILLHOOK_API_KEY) await prepareDataDirectory(variables.BILLHOOK_DATA_DIR)
  const apiKeys = variables.BILLHOOK_API_KEY ?? [await keptPlatformKey(variables.BILLHOOK_DATA_DIR)]
  const isDemo = configuration.isDevelopment && chosen.defaultProvider === 'sandbox'
  const billing: BillingOptions = {
    ...chosen,
    databaseUrl: variables.DATABASE_URL,
    dataDir: variables.BILLHOOK_DATA_DIR,
    baseUrl,
    logger,
    apiKeys,
    jwt: jwtOptions(configuration),
    listeners: file.listeners,
    webhookPaths: file.webhookPaths,
    legacyStripeWebhookPath: file.legacyStripeWebhookPath,
    settings: {
      ...file.policies,
      reconcileEveryHours: variables.BILLHOOK_RECONCILE_HOURS || null,
      usageLateDays: variables.BILLHOOK_USAGE_LATE_DAYS,
      usageRetentionDays: variables.BILLHOOK_USAGE_RETENTION_DAYS || null,
      webhookPayloadDays: variables.BILLHOOK_PAYLOAD_DAYS || null,
      maskedPayloadFields: variables.BILLHOOK_MASKED_FIELDS,
      allowPrivateWebhooks: variables.BILLHOOK_ALLOW_PRIVATE_WEBHOOKS === '1',
    },
    isDemo,
  }
  return { billing, isDemo, platformKey: apiKeys[0] ?? '' }
}

/** Opens the database, listens, and begins the background work. */
export async function startService(options: StartOptions): Promise<RunningService> {
  const { configuration, logger } = options
  const { variables } = configuration
  // A development machine shows its keys and its demonstration to nobody else.
  const hostname = variables.HOST ?? (configuration.isProduction ? undefined : '127.0.0.1')
  await requireFreeAddress(variables.PORT, hostname)
  const { billing: settings, isDemo, platformKey } = await readSettings(options)
  // A first start makes a database, too, which keeps another core busy.
  const dashboard = ensureDashboard(projectRoot, logger)
  const billing = await createBilling(settings).catch((error) => {
    dashboard.stop()
    throw error
  })
  const demo = isDemo ? makeDemo({ handler: billing.handler, platformKey, baseUrl: configuration.baseUrl }) : undefined
  const enterDemo = demo?.entranceAt(hostname)
  const site = makeSite({ handler: billing.handler, portalPages: makePortalPages(dashboard), enterDemo })
  const listening = await listenOrClose(billing, { fetch: site, port: variables.PORT, hostname, graceMs })
  billing.start()
  const { providers } = billing
  logger.info(
    { port: listening.port, providers: providers.names, default_provider: providers.defaultName },
    'listening',
  )
  // A demonstration that cannot be made must not keep the service from its work.
  const seeding = demo?.seed().catch((error) => logger.warn({ error: String(error) }, 'there is no demonstration'))
  greet(options, listening.port, { isDemo: enterDemo !== undefined, platformKey })
  return {
    billing,
    port: listening.port,
    stop: async () => {
      dashboard.stop()
      await listening.stop()
      await seeding
      await billing.stop()
    },
  }
}

async function listenOrClose(billing: BillingService, options: ServeOptions): Promise<Listening> {
  try {
    return await serve(options)
  } catch (error) {
    await billing.stop()
    throw error
  }
}

function jwtOptions({ variables: is }: Configuration) {
  if (!is.BILLHOOK_JWT_SECRET && !is.BILLHOOK_JWKS_URL) return undefined
  return {
    secret: is.BILLHOOK_JWT_SECRET,
    jwksUrl: is.BILLHOOK_JWKS_URL,
    issuer: is.BILLHOOK_JWT_ISSUER,
    audience: is.BILLHOOK_JWT_AUDIENCE,
  }
}

function greet(
  { configuration, say }: StartOptions,
  port: number,
  shown: { isDemo: boolean; platformKey: string },
): void {
  if (!configuration.isDevelopment) return
  const address = configuration.variables.BILLHOOK_URL ?? `http://localhost:${port}`
  say(`\nBillhook runs at ${address}`)
  if (shown.isDemo) say(`  Sign in:       ${address}/demo   (as the demo organization, from this machine)`)
  else if (configuration.variables.HOST) say('  Sign in:       off, because HOST lets others than this machine in')
  say(`  API:           ${address}/docs`)
  // A configured key is known to whoever configured it, and has no place in a log.
  if (!configuration.variables.BILLHOOK_API_KEY) say(`  Platform key:  ${shown.platformKey}`)
  say('')
}
