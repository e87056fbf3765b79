import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BillingService, PaymentProviderError, type ReconcileDifference, type ReconcileRun } from 'billhook'
import { Command } from 'commander'
import { ConfigurationError } from './configuration-error.ts'
import { positive } from './positive.ts'
import { printReconcileReport, type ReconcileReport, shownAtMost } from './print-reconcile-report.ts'
import { showProgress } from './show-progress.ts'

export interface ReconcileCommandOptions {
  /** The service's library, with its database open. */
  open(): Promise<BillingService>
  print(line: string): void
}

interface Given {
  provider?: string
  organization?: string
  dryRun?: boolean
  pageSize?: number
  report?: string
}

/** Exit codes: 0 everything is the same by now, 2 something differs still, 130 stopped by Ctrl-C. */
export function reconcileCommand(options: ReconcileCommandOptions): Command {
  return new Command('reconcile')
    .description('Compare providers with what is kept here, and make it the same')
    .option('--provider <name>', 'one provider account; all of them when left out')
    .option('--organization <id>', 'one organization, by its id or external id; the whole account when left out')
    .option('--dry-run', 'say what differs, and change nothing')
    .option('--page-size <number>', 'objects read at a time', positive)
    .option('--report <file>', 'write all differences there, as JSON')
    .action((given: Given) => run(options, given))
}

async function run({ open, print }: ReconcileCommandOptions, given: Given): Promise<void> {
  const billing = await open()
  const stopping = new AbortController()
  const stop = () => {
    // Whoever asks twice does not want to wait; the page at hand is read again.
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    const reports: ReconcileReport[] = []
    for (const provider of given.provider ? [given.provider] : billing.providers.names) {
      const report = await reconcileOne(billing, provider, given, stopping.signal)
      printReconcileReport(report, print)
      reports.push(report)
      if (stopping.signal.aborted) break
    }
    if (given.report) await writeFile(given.report, `${JSON.stringify(reports, null, 2)}\n`)
    process.exitCode = exitCodeOf(reports)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await billing.stop()
  }
}

const askAgainMs = 1_000

async function reconcileOne(
  billing: BillingService,
  provider: string,
  { organization: organizationId, dryRun, pageSize, report }: Given,
  signal: AbortSignal,
): Promise<ReconcileReport> {
  const progress = showProgress(process.stderr)
  try {
    const done = await billing.reconcile({
      provider,
      organizationId,
      dryRun,
      pageSize,
      actor: 'command:reconcile',
      signal,
      // A line that says zero says nothing.
      onProgress: (note) => note.done > 0 && progress.note(note),
      // One that was killed has its run for a minute still.
      wait: () => sleep(askAgainMs),
    })
    return {
      run: done,
      differences: await differencesOf(billing, done, report ? Number.POSITIVE_INFINITY : shownAtMost),
    }
  } catch (error) {
    throw explained(error)
  } finally {
    progress.end()
  }
}

/** What a run found, in pages: all of it, or no more than is shown of each kind of outcome. */
async function differencesOf(
  billing: BillingService,
  { id: runId, found }: ReconcileRun,
  atMost: number,
): Promise<ReconcileDifference[]> {
  const all: ReconcileDifference[] = []
  for (const resolution of ['repaired', 'would_repair', 'person'] as const) {
    const wanted = Math.min(atMost, found.resolutions[resolution])
    let cursor: string | null = null
    for (let had = 0; had < wanted; ) {
      const { differences } = await billing.getReconcileRun({ runId, resolution, limit: 100, cursor })
      all.push(...differences.data.slice(0, wanted - had))
      had += differences.data.length
      cursor = differences.nextCursor
      if (cursor === null) break
    }
  }
  return all
}

function exitCodeOf(reports: readonly ReconcileReport[]): number {
  if (reports.some(({ run: { finishedAt } }) => finishedAt === null)) return 130
  return reports.some(({ run: { found } }) => found.total > found.resolutions.repaired) ? 2 : 0
}

const explained = (error: unknown): unknown =>
  error instanceof PaymentProviderError
    ? new ConfigurationError(
        `${error.provider} could not be read: ${error.message} Run the same command again to go on.`,
      )
    : error
