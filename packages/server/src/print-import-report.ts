import { type ImportCounts, type ImportReport, importKinds } from 'billhook'

const columns = ['read', 'created', 'linked', 'left_alone', 'left_out'] as const satisfies ReadonlyArray<
  keyof ImportCounts
>
const shownProblems = 200

/** The report for a person; `--report` keeps all of it. */
export function printImportReport(report: ImportReport, print: (line: string) => void): void {
  const { dry_run: isDry, complete, resumed, counts, sums, problems } = report
  print(isDry ? 'Dry run: nothing was changed.' : complete ? 'The import is complete.' : 'The import was stopped.')
  if (resumed) print('It went on where an earlier run had stopped.')
  const heads = ['', 'read', isDry ? 'to create' : 'created', isDry ? 'to link' : 'linked', 'left alone', 'left out']
  print(row(heads))
  for (const kind of importKinds) print(row([kind, ...columns.map((column) => String(counts[kind][column]))]))
  for (const [currency, { invoices, total, paid }] of Object.entries(sums))
    print(`${invoices} invoices in ${currency}: ${total}, of which ${paid} paid`)
  print(problems.length === 0 ? 'No problems.' : `${problems.length} problems:`)
  for (const { kind, id, code, reason } of problems.slice(0, shownProblems))
    print(`  ${kind} ${id}: ${code}: ${reason}`)
  if (problems.length > shownProblems)
    print(`  ... and ${problems.length - shownProblems} more; --report keeps them all.`)
  if (!complete) print('Run the same command again to go on.')
}

const row = ([head = '', ...cells]: string[]): string =>
  `${head.padEnd(14)}${cells.map((cell) => cell.padStart(12)).join('')}`.trimEnd()
