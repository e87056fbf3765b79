import { readFile, writeFile } from 'node:fs/promises'
import {
  type BillingService,
  errorMessage,
  type ImportProgressNote,
  type ImportReport,
  importAccount,
  importLegacy,
  PaymentProviderError,
  parseCustomerMap,
} from 'billhook'
import { Command } from 'commander'
import { ConfigurationError } from './configuration-error.ts'
import { positive } from './positive.ts'
import { printImportReport } from './print-import-report.ts'
import { showProgress } from './show-progress.ts'

export interface ImportCommandOptions {
  /** The service's library, with its database open. */
  open(): Promise<BillingService>
  print(line: string): void
}

interface SharedOptions {
  provider?: string
  dryRun?: boolean
  createOrganizations?: boolean
  report?: string
}

interface AccountOptions extends SharedOptions {
  organizationKey?: string
  map?: string
  country?: string
  currency?: string
  timezone?: string
  pageSize?: number
}

interface LegacyOptions extends SharedOptions {
  from: string
  mapping?: string
  refresh?: boolean
}

/** Exit codes: 0 everything came in, 2 something was left out or is to be known, 130 stopped by Ctrl-C. */
export function importCommand(options: ImportCommandOptions): Command {
  const command = new Command('import').description('Move existing data in')
  for (const kind of ['stripe', 'paypal']) {
    shared(command.command(kind), kind)
      .description(`Move a whole account at ${kind} in: catalog, customers, subscriptions, invoices`)
      .option('--organization-key <key>', "the customers' metadata key that holds your organization's id")
      .option('--map <file>', 'CSV of external_customer_id,organization')
      .option('--country <code>', 'of new organizations whose customer shows none')
      .option('--currency <code>', 'of new organizations whose customer shows none')
      .option('--timezone <name>', 'of new organizations')
      .option('--page-size <number>', 'objects read at a time', positive)
      .action((given: AccountOptions) => run(options, given, (billing, way) => account(billing, given, way)))
  }
  shared(command.command('legacy'), 'stripe')
    .description('Adopt billing_plan, billing_subscription and billing_invoice of a Stripe-only application')
    .requiredOption('--from <url>', 'the postgres:// address of its database, which is only read')
    .option('--mapping <file>', 'JSON: which tables and columns are what, where they have other names')
    .option('--refresh', 'then read what came in at the provider')
    .action((given: LegacyOptions) => run(options, given, (billing, way) => legacy(billing, given, way)))
  return command
}

const shared = (command: Command, provider: string): Command =>
  command
    .option('--provider <name>', 'the provider account of this installation', provider)
    .option('--dry-run', 'say what would happen, and change nothing')
    .option('--create-organizations', 'make organizations that are named and not here')
    .option('--report <file>', 'write the whole report there, as JSON')

interface Way {
  signal: AbortSignal
  onProgress(note: ImportProgressNote): void
}

async function account(billing: BillingService, given: AccountOptions, way: Way): Promise<ImportReport> {
  const { country, currency, timezone } = given
  const customerMap = given.map ? parseCustomerMap(await readText(given.map)) : undefined
  return importAccount(billing.ctx, { ...given, customerMap, defaults: { country, currency, timezone }, ...way })
}

async function legacy(billing: BillingService, given: LegacyOptions, way: Way): Promise<ImportReport> {
  const mapping = given.mapping ? parseJson(given.mapping, await readText(given.mapping)) : undefined
  return importLegacy(billing.ctx, { ...given, mapping, ...way })
}

async function run(
  { open, print }: ImportCommandOptions,
  given: SharedOptions,
  work: (billing: BillingService, way: Way) => Promise<ImportReport>,
): Promise<void> {
  const billing = await open()
  const stopping = new AbortController()
  const stop = () => {
    // Whoever asks twice does not want to wait; what is not committed is done again.
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const progress = showProgress(process.stderr)
  try {
    const report = await work(billing, { signal: stopping.signal, onProgress: (note) => progress.note(note) })
    progress.end()
    printImportReport(report, print)
    if (given.report) await writeFile(given.report, `${JSON.stringify(report, null, 2)}\n`)
    process.exitCode = exitCodeOf(report)
  } catch (error) {
    progress.end()
    throw explained(error)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await billing.stop()
  }
}

const exitCodeOf = ({ complete, problems }: ImportReport): number => (complete ? (problems.length > 0 ? 2 : 0) : 130)

const explained = (error: unknown): unknown =>
  error instanceof PaymentProviderError
    ? new ConfigurationError(
        `${error.provider} could not be read: ${error.message} Run the same command again to go on.`,
      )
    : error

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be read: ${errorMessage(error)}.`)
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ConfigurationError(`${path} is no JSON: ${errorMessage(error)}.`)
  }
}
