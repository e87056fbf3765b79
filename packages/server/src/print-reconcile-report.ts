import type { ReconcileDifference, ReconcileRun } from 'billhook'

export interface ReconcileReport {
  run: ReconcileRun
  differences: ReconcileDifference[]
}

/** Of each outcome. */
export const shownAtMost = 200
const outcomes = [
  ['repaired', 'repaired'],
  ['would_repair', 'to repair'],
  ['person', 'for a person to look at'],
] as const

/** The report for a person; `--report` keeps all of it. */
export function printReconcileReport({ run, differences }: ReconcileReport, print: (line: string) => void): void {
  const { provider, dryRun, finishedAt, counts, found } = run
  print(`${provider}: ${headline(run)}`)
  print(
    `  read ${counts.subscriptions} subscriptions, ${counts.invoices} invoices, ${counts.refunds} refunds and ${counts.disputes} disputes`,
  )
  const { orphanSubscriptions, orphanInvoices, orphanRefunds, orphanDisputes } = counts
  if (orphanSubscriptions + orphanInvoices + orphanRefunds + orphanDisputes > 0)
    print(
      `  nobody's here: ${orphanSubscriptions} subscriptions (${counts.liveOrphanSubscriptions} live), ${orphanInvoices} invoices, ${orphanRefunds} refunds, ${orphanDisputes} disputes`,
    )
  if (found.total === 0) print('  no differences')
  for (const [resolution, words] of outcomes) {
    const those = differences.filter((difference) => difference.resolution === resolution)
    const total = found.resolutions[resolution]
    if (total === 0) continue
    print(`  ${total} ${words}:`)
    for (const difference of those.slice(0, shownAtMost)) print(`    ${lineOf(difference)}`)
    if (total > shownAtMost) print(`    ... and ${total - shownAtMost} more; --report keeps them all.`)
  }
  if (finishedAt === null) print('  Run the same command again to go on.')
  else if (dryRun && found.resolutions.would_repair > 0)
    print('  Nothing was changed: without --dry-run it is repaired.')
}

function headline({ status, dryRun, error }: ReconcileRun): string {
  if (status === 'failed') return `the run failed: ${error?.detail ?? 'no reason is known'}`
  if (status !== 'completed') return 'the run was stopped'
  return dryRun ? 'compared, nothing was changed' : 'compared and repaired'
}

function lineOf(difference: ReconcileDifference): string {
  const { severity, kind, object, externalId, field, ours, theirs, reason } = difference
  const what = `${severity.padEnd(8)} ${object} ${externalId}: ${kind.replaceAll('_', ' ')}`
  const values = kind === 'differs' ? `, ${field ?? 'all of it'}: ${shown(ours)} here, ${shown(theirs)} there` : ''
  return what + values + (reason ? `. ${reason}` : '')
}

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
