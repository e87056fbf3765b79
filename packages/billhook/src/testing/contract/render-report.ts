import type { CheckResult, ContractReport, ContractScore } from './run-contract.ts'

const signs = { passed: 'ok  ', failed: 'FAIL', not_applicable: '-   ' } as const satisfies Record<
  CheckResult['outcome'],
  string
>

/** The report as lines for a terminal: every check under its group, the failures with what went wrong, the score last. */
export function renderReport(report: ContractReport): string {
  const groups = report.groups.map(({ group, results, ...score }) =>
    [`${group} (${scoreText(score)})`, ...results.map(renderResult)].join('\n'),
  )
  const subject = `${report.providerName} (${report.providerKind}, ${report.mode})`
  return [...groups, `${subject}: ${scoreText(report)}`].join('\n\n')
}

function renderResult({ outcome, name, message, catches, durationMs }: CheckResult): string {
  const line = `  ${signs[outcome]} ${name}`
  if (outcome === 'passed') return line
  if (outcome === 'not_applicable') return `${line}: ${message}`
  const text = message?.replaceAll('\n', '\n         ')
  return `${line} (${Math.round(durationMs)} ms)\n         ${text}\n         An adapter fails here that ${catches}.`
}

export function scoreText({ passed, failed, notApplicable }: ContractScore): string {
  return `${passed} passed, ${failed} failed, ${notApplicable} not applicable`
}
