import { add, money, toDecimalString } from '../../primitives/index.ts'
import type { AccountCustomerData } from '../../providers/provider.ts'

/** `plans` and `organizations` are made on the way; the others are read one by one. */
export const importKinds = ['organizations', 'plans', 'prices', 'customers', 'subscriptions', 'invoices'] as const
export type ImportKind = (typeof importKinds)[number]

/** What became of the objects of one kind; in a dry run, what would. */
export interface ImportCounts {
  read: number
  created: number
  /** It was ours already, and only the tie was missing. */
  linked: number
  /** It is known here, and stays as it is. */
  left_alone: number
  /** It does not fit; each one is among the problems. */
  left_out: number
}

/** Something that was left out, or that a person should know. */
export interface ImportProblem {
  kind: string
  /** The object's id where it comes from, or the row's primary key. */
  id: string
  code: string
  reason: string
}

export interface ImportReport {
  source: string
  provider: string
  dry_run: boolean
  /** It goes on where an earlier run stopped. */
  resumed: boolean
  /** False: it was stopped; the same command goes on. */
  complete: boolean
  started_at: string
  finished_at: string
  counts: Record<ImportKind, ImportCounts>
  /** Of the invoices that came in now, in major units. */
  sums: Record<string, { invoices: number; total: string; paid: string }>
  problems: ImportProblem[]
}

export type Did = 'create' | 'link' | 'leave'
export type Taken = { did: Did } | { left_out: { code: string; reason: string } }

interface Tallied {
  counts: Record<ImportKind, ImportCounts>
  sums: Record<string, { invoices: number; total: number; paid: number }>
  problems: ImportProblem[]
  /** Customers that wait for the others to be read. */
  deferred: AccountCustomerData[]
}

const columns = { create: 'created', link: 'linked', leave: 'left_alone' } as const satisfies Record<
  Did,
  keyof ImportCounts
>

const noCounts = (): ImportCounts => ({ read: 0, created: 0, linked: 0, left_alone: 0, left_out: 0 })

/** Counts what happens. Plain JSON inside, so that the tally of a page can be kept and added up later. */
export class Tally {
  readonly content: Tallied = {
    counts: {
      organizations: noCounts(),
      plans: noCounts(),
      prices: noCounts(),
      customers: noCounts(),
      subscriptions: noCounts(),
      invoices: noCounts(),
    },
    sums: {},
    problems: [],
    deferred: [],
  }

  /** `name` is what a problem calls the kind, where it has another name at its source. */
  count(kind: ImportKind, id: string, taken: Taken, name: string = kind): void {
    const counts = this.content.counts[kind]
    counts.read += 1
    if ('did' in taken) counts[columns[taken.did]] += 1
    else {
      counts.left_out += 1
      this.content.problems.push({ kind: name, id, ...taken.left_out })
    }
  }

  note(problem: ImportProblem): void {
    this.content.problems.push(problem)
  }

  sum({ currency, total, amountPaid }: { currency: string; total: number; amountPaid: number }): void {
    this.addSum(currency, { invoices: 1, total, paid: amountPaid })
  }

  add(other: Tallied): void {
    for (const kind of importKinds) {
      for (const [column, count] of Object.entries(other.counts[kind])) {
        this.content.counts[kind][column as keyof ImportCounts] += count
      }
    }
    for (const [currency, sums] of Object.entries(other.sums)) this.addSum(currency, sums)
    this.content.problems.push(...other.problems)
    this.content.deferred.push(...other.deferred)
  }

  private addSum(currency: string, { invoices, total, paid }: { invoices: number; total: number; paid: number }) {
    const before = this.content.sums[currency] ?? { invoices: 0, total: 0, paid: 0 }
    const plus = (a: number, b: number) => add(money(a, currency), money(b, currency)).amount
    this.content.sums[currency] = {
      invoices: before.invoices + invoices,
      total: plus(before.total, total),
      paid: plus(before.paid, paid),
    }
  }

  report(facts: Omit<ImportReport, keyof Tallied>): ImportReport {
    const { counts, sums, problems } = this.content
    const shown = Object.entries(sums).map(([currency, { invoices, total, paid }]) => {
      const text = (amount: number) => toDecimalString(money(amount, currency))
      return [currency, { invoices, total: text(total), paid: text(paid) }] as const
    })
    return { ...facts, counts, sums: Object.fromEntries(shown), problems: once(problems) }
  }
}

/** A page that is done again after a stop finds the same problems again. */
function once(problems: ImportProblem[]): ImportProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.kind}\n${problem.id}\n${problem.code}`, problem])).values()]
}
