import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorMessage } from 'billhook'
// Types only: what it runs is loaded when it is asked for, because the service never needs it.
import type { CheckResult, ContractGroup, ContractReport, MakeContractHarness } from 'billhook/testing'
import { ConfigurationError } from './configuration-error.ts'

export interface TestProviderOptions {
  /** A file, or a package, whose `makeHarness` (or default export) makes the surroundings of the provider. */
  module: string
  workingDirectory: string
  /** One group of checks only. */
  group?: string | undefined
  /** Where the report goes as JSON. */
  json?: string | undefined
  /** How long one check may take. */
  timeoutSeconds?: number | undefined
  print: (text: string) => void
}

/** `billhook provider test`: runs the provider contract, prints every check as it ends, and answers the report. */
export async function testProvider(options: TestProviderOptions): Promise<ContractReport> {
  const { print, json, timeoutSeconds } = options
  const { contractGroups, renderScores, runContract } = await import('billhook/testing')
  const group = contractGroups.find((known) => known === options.group)
  if (options.group !== undefined && group === undefined) {
    throw new ConfigurationError(`"${options.group}" is no group of checks. There are: ${contractGroups.join(', ')}.`)
  }
  const makeHarness = await loadHarness(options)
  const report = await runContract(makeHarness, {
    filter: (check) => group === undefined || check.group === group,
    onResult: await printing(print),
    ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * 1000 }),
  })
  print(`\n${renderScores(report)}`)
  if (json) await writeFile(resolve(options.workingDirectory, json), `${JSON.stringify(report, null, 2)}\n`)
  return report
}

async function printing(print: (text: string) => void): Promise<(result: CheckResult) => void> {
  const { renderResult } = await import('billhook/testing')
  let group: ContractGroup | null = null
  return (result) => {
    if (result.group !== group) print(`\n${result.group}`)
    group = result.group
    print(renderResult(result))
  }
}

async function loadHarness({ module, workingDirectory }: TestProviderOptions): Promise<MakeContractHarness> {
  const loaded = await loadModule(module, workingDirectory)
  const makeHarness = loaded.makeHarness ?? loaded.default
  if (typeof makeHarness === 'function') return makeHarness as MakeContractHarness
  throw new ConfigurationError(`${module} exports no function "makeHarness", and none by default.`)
}

async function loadModule(
  module: string,
  workingDirectory: string,
): Promise<{ makeHarness?: unknown; default?: unknown }> {
  try {
    const path = resolve(workingDirectory, module)
    const found = existsSync(path) ? path : createRequire(join(workingDirectory, 'billhook.config.ts')).resolve(module)
    return await import(pathToFileURL(found).href)
  } catch (error) {
    // What follows the first line is where Node looked.
    const [reason] = errorMessage(error).split('\n')
    throw new ConfigurationError(`${module} cannot be loaded: ${reason}`)
  }
}
