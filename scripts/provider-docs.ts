import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Capabilities } from '../packages/billhook/src/providers/capabilities.ts'
import { makeHarness as makePayPal } from '../packages/billhook/src/providers/paypal/testing/contract-harness.ts'
import {
  makeHarnessWithoutDocuments,
  makeHarness as makeSandbox,
} from '../packages/billhook/src/providers/sandbox/testing/contract-harness.ts'
import { makeHarness as makeStripe } from '../packages/billhook/src/providers/stripe/testing/contract-harness.ts'
import {
  type CheckResult,
  type ContractReport,
  contractChecks,
  contractGroups,
  runContract,
} from '../packages/billhook/src/testing/contract/index.ts'
import { wrongAdapters } from '../packages/billhook/src/testing/contract/wrong-adapters/index.ts'
import { root } from './run-step.ts'

/** The chapters that people wrote, between which the tables stand. */
const TEMPLATE = 'scripts/provider-docs.md'

interface Run {
  title: string
  report: ContractReport
}

/** `docs/providers.md`: what the providers can do and how they fare in the contract, from a run of each. No times, so it is the same each run. */
export async function makeProviderDocs(): Promise<string> {
  const runs: Run[] = [
    { title: 'Sandbox', report: await runContract(makeSandbox) },
    { title: 'Sandbox without documents', report: await runContract(makeHarnessWithoutDocuments) },
    { title: 'Stripe (emulator)', report: await runContract(makeStripe) },
    { title: 'PayPal (emulator)', report: await runContract(makePayPal) },
  ]
  const tables: Record<string, string> = {
    capabilities: capabilityTable(runs),
    scores: scoreTable(runs),
    exceptions: exceptions(runs),
    checks: checkTables(),
    realAccount: realAccount(),
    counts: `${contractChecks.length} checks, held against ${wrongAdapters.length} adapters with one mistake each`,
  }
  const text = readFileSync(join(root, TEMPLATE), 'utf8')
  return text.replace(/<!-- (\w+) -->/g, (_, name: string) => {
    const table = tables[name]
    if (table === undefined) throw new Error(`${TEMPLATE} asks for "${name}", which nothing makes`)
    return table
  })
}

/** How to try a real account, once there is a command for it: the page names nothing that is not there. */
function realAccount(): string {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const commands = ['verify:stripe', 'verify:paypal'].filter((command) => command in scripts)
  return commands.length > 0
    ? ` With the keys of a test account of your own, ${commands.map((command) => `\`npm run ${command}\``).join(' and ')} do that.`
    : ''
}

const yes = (claim: boolean) => (claim ? 'yes' : 'no')
const list = (claims: readonly string[]) => claims.map((claim) => `\`${claim}\``).join(', ') || 'none'

/** Every claim, in the words of the contract; the compiler asks for a line when the contract gains one. */
const capabilityRows: { [K in keyof Capabilities]: Array<[what: string, show: (claims: Capabilities) => string]> } = {
  customers: [['keeps customers', ({ customers }) => yes(customers === 'provider')]],
  cancel: [
    ['cancel at once', ({ cancel }) => yes(cancel.immediately)],
    ['cancel with the period', ({ cancel }) => yes(cancel.atPeriodEnd)],
  ],
  reactivate: [['take back a scheduled end', ({ reactivate }) => yes(reactivate)]],
  changePlan: [
    ['change the plan, with proration', ({ changePlan }) => list(changePlan.proration)],
    ['a change may need the buyer’s approval', ({ changePlan }) => yes(changePlan.mayRequireApproval)],
  ],
  quantity: [['quantities', ({ quantity }) => yes(quantity)]],
  trials: [['trials', ({ trials }) => yes(trials)]],
  pause: [['pause', ({ pause }) => list(pause)]],
  preview: [['preview of a change', ({ preview }) => yes(preview)]],
  checkoutOptions: [
    ['coupons', ({ checkoutOptions }) => yes(checkoutOptions.coupons)],
    ['promotion codes typed by the buyer', ({ checkoutOptions }) => yes(checkoutOptions.promotionCodes)],
    ['tax ids of the buyer', ({ checkoutOptions }) => yes(checkoutOptions.taxIds)],
    ['tax computed by the provider', ({ checkoutOptions }) => yes(checkoutOptions.automaticTax)],
  ],
  payInvoice: [['pay an open invoice on demand', ({ payInvoice }) => yes(payInvoice)]],
  portal: [['pages of its own for cards and invoices', ({ portal }) => yes(portal)]],
  usage: [['usage that is reported to it', ({ usage }) => yes(usage)]],
  invoices: [['makes and numbers invoices', ({ invoices }) => yes(invoices === 'provider')]],
  refunds: [['refunds', ({ refunds }) => refunds]],
  idempotencyKeys: [['keeps idempotency keys', ({ idempotencyKeys }) => yes(idempotencyKeys)]],
  currencies: [['currencies', ({ currencies }) => (currencies === 'any' ? 'any' : list(currencies))]],
  testClock: [['a clock that can be moved', ({ testClock }) => yes(testClock)]],
}

function capabilityTable(runs: Run[]): string {
  const rows = Object.values(capabilityRows).flat()
  return table(
    ['', ...runs.map(({ title }) => title)],
    rows.map(([what, show]) => [what, ...runs.map(({ report }) => show(report.capabilities))]),
  )
}

function scoreTable(runs: Run[]): string {
  const score = ({
    passed,
    failed,
    notApplicable,
  }: Omit<ContractReport, 'groups'> | ContractReport['groups'][number]) =>
    [`${passed} passed`, failed > 0 && `**${failed} failed**`, notApplicable > 0 && `${notApplicable} not applicable`]
      .filter(Boolean)
      .join(', ')
  const of = (report: ContractReport, group: string) => {
    const entry = report.groups.find((candidate) => candidate.group === group)
    return entry ? score(entry) : ''
  }
  return table(
    ['group', ...runs.map(({ title }) => title)],
    [
      ...contractGroups.map((group) => [group, ...runs.map(({ report }) => of(report, group))]),
      ['**all**', ...runs.map(({ report }) => score(report))],
    ],
  )
}

/** What did not pass, by name: what does not apply, and why, and what fails. */
function exceptions(runs: Run[]): string {
  const lines = runs.flatMap(({ title, report }) =>
    report.groups
      .flatMap(({ results }) => results)
      .filter(({ outcome }) => outcome !== 'passed')
      .map((result) => `- ${title}: ${sentence(result)}`),
  )
  return lines.join('\n')
}

function sentence({ group, name, outcome, message }: CheckResult): string {
  return outcome === 'failed' ? `**fails** ${group}, ${name}` : `does not apply: ${group}, ${name} (${message})`
}

function checkTables(): string {
  return contractGroups
    .map((group) => {
      const rows = contractChecks.filter((check) => check.group === group).map(({ name, catches }) => [name, catches])
      return `### ${group}\n\n${table(['guarantee', 'it catches an adapter that'], rows)}`
    })
    .join('\n\n')
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
