import type { CheckResult, ContractReport, ContractScore } from './run-contract.ts'

const signs = { passed: 'ok  ', failed: 'FAIL', not_applicable: '-   ' } as const satisfies Record<
  CheckResult['outcome'],
  string
>

/** One check for a terminal: a line, and where it failed what went wrong and which mistake that is. */
export function renderResult({ outcome, name, message, catches, durationMs }: CheckResult): string {
  const line = `  ${signs[outcome]} ${name}`
  if (outcome === 'passed') return line
  if (outcome === 'not_applicable') return `${line}: ${message}`
  const text = message?.replaceAll('\n', '\n         ')
  return `${line} (${Math.round(durationMs)} ms)\n         ${text}\n         It catches an adapter that ${catches}.`
}

/** The score of each group and of the whole, a line each. */
export function renderScores(report: ContractReport): string {
  const groups = report.groups.map(({ group, ...score }) => `  ${group.padEnd(10)} ${scoreText(score)}`)
  const subject = `${report.providerName} (${report.providerKind}, ${report.mode})`
  return [...groups, `${subject}: ${scoreText(report)}`].join('\n')
}

function scoreText({ passed, failed, notApplicable }: ContractScore): string {
  return `${passed} passed, ${failed} failed, ${notApplicable} not applicable`
}
