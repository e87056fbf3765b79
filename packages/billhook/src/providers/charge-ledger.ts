import type { Cycle } from './billing-calendar.ts'
import type { ChargeData } from './charges.ts'

/** A bill in the making. What it asks for follows from its key alone, never from what else was charged: so it is final from the start. */
export interface Bill {
  /** Unique within the subscription: `cycle/<its start>`, `setup`, `charge/<payment>`. */
  key: string
  /** The cycle that it buys. */
  cycle: Cycle | null
  currency: string
  subtotal: number
  tax: number
  openedAt: Date
  attempts: Attempt[]
}

/** An attempt to collect a bill, and how much of it came to this bill. */
export interface Attempt {
  charge: ChargeData
  allocated: number
}

export const isSetupFee = (key: string): boolean => /^setup\b/.test(key)
export const totalOf = ({ subtotal, tax }: Bill): number => subtotal + tax
export const paidOf = ({ attempts }: Bill): number => attempts.reduce((sum, { allocated }) => sum + allocated, 0)
export const remainingOf = (bill: Bill): number => totalOf(bill) - paidOf(bill)
export const sumOf = (bills: readonly Bill[]): number => bills.reduce((sum, bill) => sum + remainingOf(bill), 0)

/** What went back of a bill. A charge that paid several is given back from the newest on. */
export function refundedOf(bill: Bill, bills: readonly Bill[]): number {
  let refunded = 0
  for (const { charge, allocated } of bill.attempts) {
    const newer = bills.filter((other) => isNewer(other, bill)).flatMap(({ attempts }) => attempts)
    const before = newer.filter((attempt) => attempt.charge === charge).reduce((sum, part) => sum + part.allocated, 0)
    refunded += Math.min(allocated, Math.max(0, charge.amountRefunded - before))
  }
  return refunded
}

const isNewer = (a: Bill, b: Bill): boolean => a !== b && compareAge(a, b) > 0

const compareAge = (a: Bill, b: Bill): number => a.openedAt.getTime() - b.openedAt.getTime() || (a.key < b.key ? -1 : 1)

/** The bills of one subscription while its charges are put to them. */
export class ChargeLedger {
  readonly bills: Bill[] = []
  readonly #currency: string

  constructor(currency: string) {
    this.#currency = currency
  }

  get setup(): Bill | undefined {
    return this.bills.find(({ key }) => isSetupFee(key))
  }

  billCycle(cycle: Cycle): Bill {
    const { amount, tax } = cycle.terms
    const key = `cycle/${cycle.start.toISOString().replace('.000', '')}`
    return this.#add({ key, cycle, subtotal: amount, tax, openedAt: cycle.start })
  }

  /** Its tax is told by a charge alone, so it is part of the key. */
  billSetupFee(setupFee: number, tax: number, openedAt: Date): Bill {
    const key = tax === 0 ? 'setup' : `setup/${tax}`
    return this.#add({ key, cycle: null, subtotal: setupFee, tax, openedAt })
  }

  /** A bill over exactly what was tried, which pays it where it was collected. */
  billCharge(charge: ChargeData, cycle: Cycle | null): Bill {
    const { externalPaymentId, amount, tax, currency, attemptedAt } = charge
    const key = `charge/${externalPaymentId}`
    const bill = this.#add({ key, cycle, currency, subtotal: amount - tax, tax, openedAt: attemptedAt })
    this.attempt(bill, charge, amount)
    return bill
  }

  attempt(bill: Bill, charge: ChargeData, amount: number): void {
    bill.attempts.push({ charge, allocated: charge.status === 'succeeded' ? amount : 0 })
  }

  /** What is owed in the subscription's currency, oldest first. */
  open(): Bill[] {
    return this.bills.filter((bill) => bill.currency === this.#currency && remainingOf(bill) > 0).sort(compareAge)
  }

  /** Pays the oldest bills first. The caller has seen to it that enough is owed. */
  payOldest(charge: ChargeData, amount: number): void {
    let left = amount
    for (const bill of this.open()) {
      const part = Math.min(left, remainingOf(bill))
      if (part > 0) this.attempt(bill, charge, part)
      left -= part
    }
  }

  #add(bill: Omit<Bill, 'attempts' | 'currency'> & { currency?: string }): Bill {
    const added = { currency: this.#currency, ...bill, attempts: [] }
    this.bills.push(added)
    return added
  }
}
