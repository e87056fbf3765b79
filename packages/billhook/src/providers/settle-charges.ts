import type { BillingCalendar, Cycle } from './billing-calendar.ts'
import { type Bill, ChargeLedger, remainingOf, sumOf } from './charge-ledger.ts'
import type { ChargeData } from './charges.ts'

/**
 * Who pays what: each cycle is paid by the charge that fits it best, what is more than its cycle pays the oldest open bills, and what fits
 * nothing is a bill of its own. The charges are distinct and in order of time.
 */
export function settleCharges(calendar: BillingCalendar, currency: string, charges: readonly ChargeData[]): Bill[] {
  const ledger = new ChargeLedger(currency)
  const byCycle = new Map<number, ChargeData[]>()
  for (const charge of charges) {
    const n = calendar.cycleOfCharge(charge.attemptedAt)?.n ?? 0
    // Amounts of two currencies never meet on one bill.
    if (charge.currency === currency) byCycle.set(n, [...(byCycle.get(n) ?? []), charge])
    else ledger.billCharge(charge, null)
  }
  settleStart(ledger, calendar, byCycle)
  for (const [n, own] of byCycle) {
    const cycle = calendar.cycleNo(n)
    if (cycle) settleCycle(ledger, calendar, { cycle, charges: own, isEmpty: (no) => !byCycle.has(no) })
  }
  return ledger.bills
}

const costOf = ({ terms }: Cycle): number => terms.amount + terms.tax
const isCollected = ({ status }: ChargeData): boolean => status === 'succeeded'

/** What is charged before the first cycle, and the setup fee, which a provider takes by itself right at the start. */
function settleStart(ledger: ChargeLedger, calendar: BillingCalendar, byCycle: Map<number, ChargeData[]>): void {
  const setupFee = calendar.cycleNo(1)?.terms.setupFee ?? 0
  for (const n of [0, 1]) {
    const rest: ChargeData[] = []
    for (const charge of byCycle.get(n) ?? []) {
      // A first cycle that costs as much as the setup fee is paid first.
      const mayBeCycle =
        n === 1 && !rest.some(isCollected) && charge.amount - charge.tax === calendar.cycleNo(1)?.terms.amount
      if (mayBeCycle || !paysSetupFee(ledger, charge, setupFee)) rest.push(charge)
    }
    if (n === 1 && rest.length > 0) byCycle.set(n, rest)
    else byCycle.delete(n)
    if (n === 0) for (const charge of rest) ledger.billCharge(charge, null)
  }
}

function paysSetupFee(ledger: ChargeLedger, charge: ChargeData, setupFee: number): boolean {
  if (setupFee === 0 || charge.amount - charge.tax !== setupFee) return false
  const bill = ledger.setup ?? ledger.billSetupFee(setupFee, charge.tax, charge.attemptedAt)
  if (bill.tax !== charge.tax || remainingOf(bill) !== charge.amount) return false
  ledger.attempt(bill, charge, charge.amount)
  return true
}

interface CycleCharges {
  cycle: Cycle
  charges: readonly ChargeData[]
  /** Nothing was charged in that cycle, as far as anybody knows. */
  isEmpty(n: number): boolean
}

function settleCycle(ledger: ChargeLedger, calendar: BillingCalendar, { cycle, charges, isEmpty }: CycleCharges): void {
  const decides = chooseFitting(charges.filter(isCollected), cycle) ?? chooseFitting(charges, cycle)
  if (!decides) return
  const unbilled = explainSurplus(ledger, calendar, { cycle, charge: decides, isEmpty })
  // A cycle that nobody tried to collect at its price costs what was tried: the price was another one then.
  const isAtItsPrice = unbilled !== null && charges.some(({ amount }) => amount >= costOf(cycle))
  const bill = isAtItsPrice ? ledger.billCycle(cycle) : ledger.billCharge(decides, cycle)
  if (isAtItsPrice) {
    const part = Math.min(decides.amount, costOf(cycle))
    ledger.attempt(bill, decides, part)
    for (const missed of isCollected(decides) ? unbilled : []) ledger.billCycle(missed)
    if (isCollected(decides)) ledger.payOldest(decides, decides.amount - part)
  }
  for (const charge of charges) {
    if (charge === decides) continue
    if (!isCollected(charge)) ledger.attempt(bill, charge, 0)
    else if (charge.amount <= sumOf(ledger.open())) ledger.payOldest(charge, charge.amount)
    else ledger.billCharge(charge, null)
  }
}

/** The charge of exactly the cycle's price, else one of more, else any. */
const chooseFitting = (charges: readonly ChargeData[], cycle: Cycle): ChargeData | null =>
  charges.find(({ amount }) => amount === costOf(cycle)) ??
  charges.find(({ amount }) => amount > costOf(cycle)) ??
  charges[0] ??
  null

/**
 * What is more than the cycle costs must be owed: open bills, the setup fee, or the cycles right before it whose failures nobody told us of.
 * Answers the cycles that are not billed yet; null when the surplus cannot be explained.
 */
function explainSurplus(
  ledger: ChargeLedger,
  calendar: BillingCalendar,
  { cycle, charge, isEmpty }: { cycle: Cycle; charge: ChargeData } & Pick<CycleCharges, 'isEmpty'>,
): Cycle[] | null {
  let surplus = charge.amount - costOf(cycle)
  const { setupFee, tax } = cycle.terms
  const setupTax = charge.tax - tax
  if (cycle.n === 1 && setupFee > 0 && !ledger.setup && setupTax >= 0 && surplus === setupFee + setupTax) {
    ledger.billSetupFee(setupFee, setupTax, charge.attemptedAt)
  }
  if (surplus <= 0) return []
  for (const bill of ledger.open()) {
    surplus -= remainingOf(bill)
    if (surplus === 0) return []
  }
  const missed: Cycle[] = []
  for (let n = cycle.n - 1; n > 0 && surplus > 0 && isEmpty(n); n--) {
    const before = calendar.cycleNo(n)
    if (!before) return null
    missed.push(before)
    surplus -= costOf(before)
  }
  return surplus === 0 ? missed : null
}
