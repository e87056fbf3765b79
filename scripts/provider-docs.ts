import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { emulatesEnd } from '../packages/billhook/src/domain/subscriptions/index.ts'
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
    emulations: emulationTable(runs),
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
  periods: [['periods are', ({ periods }) => (periods === 'exact' ? 'exact' : 'days of its own')]],
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
  meteredPrices: [['prices that bill usage', ({ meteredPrices }) => yes(meteredPrices)]],
  invoices: [['makes and numbers invoices', ({ invoices }) => yes(invoices === 'provider')]],
  refunds: [['refunds', ({ refunds }) => refunds]],
  idempotencyKeys: [['keeps idempotency keys', ({ idempotencyKeys }) => yes(idempotencyKeys)]],
  currencies: [['currencies', ({ currencies }) => (currencies === 'any' ? 'any' : list(currencies))]],
  testClock: [['a clock that can be moved', ({ testClock }) => yes(testClock)]],
}

interface Emulation {
  what: string
  isNative(claims: Capabilities): boolean
  isPossible(claims: Capabilities): boolean
  how: string
  otherwise: string
}

/** What is done for a provider that lacks it, by what it can do; answers of the API say `emulated` and `how`. */
const emulations: readonly Emulation[] = [
  {
    what: 'an end with the period, and taking it back',
    isNative: ({ cancel, reactivate }) => cancel.atPeriodEnd && reactivate,
    isPossible: emulatesEnd,
    how: 'the service is paused at the provider at once, so that it charges nothing more. For the product the subscription stays as it was, with `cancel_at` at the end of what is paid for; then a job ends it at the provider. Until then reactivating resumes it. A pause that somebody had made before is left alone, also when the end is taken back. Changes and pauses are refused meanwhile (409 `subscription_ending`). Resumed at the provider itself, the end is taken back, told, and alerted (`scheduled_end_taken_back`)',
    otherwise: '422 `unsupported`: cancel at once',
  },
  {
    what: 'a preview of a change',
    isNative: ({ preview }) => preview,
    isPossible: ({ changePlan }) => changePlan.proration.includes('none'),
    how: 'for a change without proration that keeps the billing interval: nothing is due now, and the next charge is the new price times the quantity at the end of the period, before taxes and discounts',
    otherwise: '422 `unsupported`, never a price of 0',
  },
  {
    what: 'the end of an offer that waits for its buyer',
    isNative: ({ changePlan }) => !changePlan.mayRequireApproval,
    isPossible: () => true,
    how: 'the open change is shown with its link and its end (`pending_change`). Once that is over by the billing clock, the provider is looked at once more, and the change is let go and told (`subscription.updated`). An approval that is heard of later is applied all the same',
    otherwise: '',
  },
]

function emulationTable(runs: Run[]): string {
  const state = ({ report: { capabilities } }: Run, { isNative, isPossible }: Emulation) =>
    isNative(capabilities) ? 'not needed' : isPossible(capabilities) ? '**emulated**' : 'refused'
  const states = table(
    ['', ...runs.map(({ title }) => title), 'where that is not possible'],
    emulations.map((one) => [one.what, ...runs.map((run) => state(run, one)), one.otherwise]),
  )
  const list = emulations.map(({ what, how }) => `- **${what}**: ${how}.`)
  return `${states}\n\n${list.join('\n')}`
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
