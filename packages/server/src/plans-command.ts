import { createInterface } from 'node:readline/promises'
import type { BillingService, CatalogDefinition } from 'billhook'
import { Command } from 'commander'
import { ConfigurationError } from './configuration-error.ts'
import { describeChange } from './describe-change.ts'

export interface PlansCommandOptions {
  /** The service's library, with its database open. */
  open(): Promise<BillingService>
  /** What `billhook.config.ts` declares. */
  readCatalog(): Promise<CatalogDefinition | undefined>
  print(line: string): void
}

interface Given {
  dryRun?: boolean
  yes?: boolean
}

/** Exit codes: 0 what is declared is there, 2 it is not (a dry run, or the answer was no). */
export function plansCommand(options: PlansCommandOptions): Command {
  const command = new Command('plans').description('What is sold, as code')
  command
    .command('push')
    .description('Compare the catalog of billhook.config.ts with what is there, and apply it')
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--yes', 'apply without asking')
    .action((given: Given) => push(options, given))
  return command
}

async function push({ open, readCatalog, print }: PlansCommandOptions, given: Given): Promise<void> {
  const definition = await readCatalog()
  if (!definition) throw new ConfigurationError('There is no catalog in billhook.config.ts of this directory.')
  const billing = await open()
  try {
    const changes = await billing.previewCatalog(definition)
    for (const change of changes) describeChange(change).forEach(print)
    if (changes.length === 0) return print('Everything is as it is declared.')
    if (!(await isWanted(given, changes.length))) {
      process.exitCode = 2
      return print('Nothing was changed.')
    }
    await billing.applyCatalog({ changes })
    print(`${changes.length} changes were made. New prices are sold once their plan is published at a provider.`)
  } finally {
    await billing.stop()
  }
}

async function isWanted({ dryRun, yes }: Given, count: number): Promise<boolean> {
  if (dryRun) return false
  if (yes) return true
  if (!process.stdin.isTTY)
    throw new ConfigurationError('Nobody can be asked here: say --yes to apply, or --dry-run to look.')
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await asking.question(`Make these ${count} changes? [y/N] `)).trim())
  } finally {
    asking.close()
  }
}
