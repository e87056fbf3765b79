import { performance } from 'node:perf_hooks'
import { errorMessage } from '../../primitives/index.ts'
import type { Capabilities } from '../../providers/capabilities.ts'
import { type ContractCheck, type ContractGroup, contractGroups } from './check.ts'
import { contractChecks } from './checks/index.ts'
import { ContractFailure } from './expectation.ts'
import type { ContractHarness, MakeContractHarness } from './harness.ts'

export interface ContractOptions {
  /** Which checks; all of them when left out. */
  filter?: (check: ContractCheck) => boolean
  /** How long one check may take, its harness included. */
  timeoutMs?: number
  /** Called after each check, in order: for progress. */
  onResult?: (result: CheckResult) => void
}

export interface CheckResult {
  group: ContractGroup
  name: string
  catches: string
  outcome: 'passed' | 'failed' | 'not_applicable'
  /** What went wrong, or what the check lacks; null when it passed. */
  message: string | null
  durationMs: number
}

export interface ContractScore {
  passed: number
  failed: number
  notApplicable: number
}

export interface ContractReport extends ContractScore {
  providerKind: string
  providerName: string
  mode: 'live' | 'test'
  capabilities: Capabilities
  groups: Array<ContractScore & { group: ContractGroup; results: CheckResult[] }>
}

export const defaultTimeoutMs = 20_000

/**
 * Runs the contract against one provider, check by check, each on a harness of its own. It never throws for a broken guarantee: the report
 * says. Throws what `makeHarness` throws when not even one harness can be made.
 */
export async function runContract(
  makeHarness: MakeContractHarness,
  { filter = () => true, timeoutMs = defaultTimeoutMs, onResult }: ContractOptions = {},
): Promise<ContractReport> {
  const subject = await describeSubject(makeHarness)
  const results: CheckResult[] = []
  for (const check of contractChecks.filter(filter)) {
    const result = await runCheck(check, makeHarness, timeoutMs)
    results.push(result)
    onResult?.(result)
  }
  const groups = contractGroups
    .map((group) => ({ group, results: results.filter((result) => result.group === group) }))
    .filter((entry) => entry.results.length > 0)
    .map((entry) => ({ ...entry, ...scoreOf(entry.results) }))
  return { ...subject, ...scoreOf(results), groups }
}

async function describeSubject(makeHarness: MakeContractHarness) {
  const harness = await makeHarness()
  const { providerKind, providerName, mode, capabilities } = harness.provider
  await harness.stop?.()
  return { providerKind, providerName, mode, capabilities }
}

/** One check on a fresh harness. */
export async function runCheck(
  check: ContractCheck,
  makeHarness: MakeContractHarness,
  timeoutMs = defaultTimeoutMs,
): Promise<CheckResult> {
  const { group, name, catches } = check
  const startedMs = performance.now()
  const outcome = await withTimeout(outcomeOf(check, makeHarness), timeoutMs)
  return { group, name, catches, ...outcome, durationMs: performance.now() - startedMs }
}

type Outcome = Pick<CheckResult, 'outcome' | 'message'>

async function outcomeOf(check: ContractCheck, makeHarness: MakeContractHarness): Promise<Outcome> {
  let harness: ContractHarness | null = null
  try {
    harness = await makeHarness()
    const lacking = lacks(check, harness)
    if (lacking !== null) return { outcome: 'not_applicable', message: lacking }
    await check.run(harness)
    return { outcome: 'passed', message: null }
  } catch (error) {
    return { outcome: 'failed', message: describeError(error) }
  } finally {
    await harness?.stop?.()
  }
}

/** What a check says stands for itself; of what an adapter threw, the code or the class is half of the message. */
function describeError(error: unknown): string {
  if (error instanceof ContractFailure || !(error instanceof Error)) return errorMessage(error)
  const kind = 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name
  return `${kind}: ${error.message}`
}

/** What the check needs and does not find; null when nothing is missing. */
export function lacks(check: ContractCheck, harness: ContractHarness): string | null {
  const missing = check.needs.filter((need) => !need.isMet(harness.provider.capabilities, harness))
  return missing.length === 0 ? null : `needs ${missing.map(({ what }) => what).join(', ')}`
}

async function withTimeout(run: Promise<Outcome>, timeoutMs: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(
      () => resolve({ outcome: 'failed', message: `it did not come to an end within ${timeoutMs} ms` }),
      timeoutMs,
    )
  })
  try {
    return await Promise.race([run, late])
  } finally {
    clearTimeout(timer)
  }
}

function scoreOf(results: readonly CheckResult[]): ContractScore {
  const count = (outcome: CheckResult['outcome']) => results.filter((result) => result.outcome === outcome).length
  return { passed: count('passed'), failed: count('failed'), notApplicable: count('not_applicable') }
}
