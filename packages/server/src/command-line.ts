import { errorMessage } from 'billhook'
import { describeApi } from 'billhook/http'
import { Command } from 'commander'
import { readConfiguration } from './configuration.ts'
import { explainFailure } from './explain-failure.ts'
import { importCommand } from './import-command.ts'
import { loadConfigFile } from './load-config-file.ts'
import { makeLogger } from './logger.ts'
import { plansCommand } from './plans-command.ts'
import { reconcileCommand } from './reconcile-command.ts'
import { openBilling, startService } from './start.ts'
import { testProvider } from './test-provider.ts'

const print = (text: string) => void process.stdout.write(`${text}\n`)

function prepare(output: NodeJS.WriteStream = process.stdout) {
  const configuration = readConfiguration(process.env)
  const { isProduction, secrets } = configuration
  const logger = makeLogger({ isProduction, secrets, write: (line) => void output.write(line) })
  return { configuration, logger, workingDirectory: process.cwd() }
}

async function start(): Promise<void> {
  const prepared = prepare()
  const { logger } = prepared
  process.on('unhandledRejection', (reason) => {
    logger.fatal(
      { error: errorMessage(reason), stack: reason instanceof Error ? reason.stack : undefined },
      'unhandled rejection',
    )
    process.exit(1)
  })
  const service = await startService({ ...prepared, say: print })
  let isStopping = false
  const stop = async (signal: NodeJS.Signals) => {
    // Whoever asks twice does not want to wait.
    if (isStopping) process.exit(1)
    isStopping = true
    logger.info({ signal }, 'stopping')
    await service.stop()
    logger.info({}, 'stopped')
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

async function migrate(): Promise<void> {
  const billing = await openBilling(prepare())
  await billing.stop()
  print('The database is up to date.')
}

const program = new Command('billhook').description('Billing that does not belong to a payment company')
program.command('start', { isDefault: true }).description('Run the service').action(start)
program.command('migrate').description('Bring the database up to date and stop').action(migrate)
program
  .command('openapi')
  .description('Print the OpenAPI document')
  .action(() => print(JSON.stringify(describeApi(), null, 2)))
program
  .command('provider')
  .description('Tools for people who write a provider')
  .command('test')
  .argument('<module>', 'a file or package that exports makeHarness')
  .description('Run the provider contract; exits with 1 when a guarantee is broken')
  .option('--group <name>', 'one group of checks only')
  .option('--json <file>', 'write the report there as well')
  .option('--timeout <seconds>', 'how long one check may take', Number)
  .action(async (module: string, { group, json, timeout }: { group?: string; json?: string; timeout?: number }) => {
    const workingDirectory = process.cwd()
    const report = await testProvider({ module, workingDirectory, group, json, timeoutSeconds: timeout, print })
    if (report.failed > 0) process.exitCode = 1
  })
// What it prints is its report; the log goes beside it.
const openBeside = () => openBilling(prepare(process.stderr))
program.addCommand(importCommand({ open: openBeside, print }))
program.addCommand(reconcileCommand({ open: openBeside, print }))
const readCatalog = async () => (await loadConfigFile(process.cwd())).catalog
program.addCommand(plansCommand({ open: openBeside, readCatalog, print }))

try {
  await program.parseAsync()
} catch (error) {
  // What the person who started it can put right is one sentence; anything else is a bug and shows where.
  const sentence = explainFailure(error)
  process.stderr.write(`${sentence ?? (error instanceof Error ? error.stack : String(error))}\n`)
  process.exit(1)
}
