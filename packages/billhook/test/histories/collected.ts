import { sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../src/db/index.ts'
import type { BasePaymentProvider, ChargeData, InvoiceData, Page } from '../../src/providers/provider.ts'
import { LawBroken, requireSame } from './law-broken.ts'
import { portraitHere } from './portrait.ts'

const compared = [
  ...(['externalPaymentId', 'externalSubscriptionId', 'status', 'amount', 'currency'] as const),
  ...(['attemptedAt', 'amountRefunded', 'declineCode'] as const),
] as const satisfies ReadonlyArray<keyof ChargeData>
type ComparedCharge = Pick<ChargeData, (typeof compared)[number]>

interface Judged {
  organizationIds: readonly string[]
  customers: readonly string[]
  /** Every delivery came. */
  isLossless: boolean
}

/** Where we write the bills ourselves: what was collected is the provider's, and the bills follow from it. */
export async function requireBilled(
  { stormy, calm }: { stormy: Database; calm: Database },
  provider: BasePaymentProvider,
  { organizationIds, customers, isLossless }: Judged,
): Promise<void> {
  const charges = await chargesAtProvider(provider, customers)
  const listed = await billsAtProvider(provider, customers)
  for (const database of [stormy, calm]) {
    await requireCollected(database, organizationIds, charges)
    await requireNumbered(database, organizationIds)
    await requireListed(database, organizationIds, listed)
    await requireVoided(database, organizationIds)
  }
  const bills = (database: Database) => billsThatHold(database, organizationIds, { isLossless })
  requireSame('bills are those of a service without faults', await bills(stormy), await bills(calm))
}

/** What was collected for these customers, where the provider makes no bills. */
async function chargesAtProvider(provider: BasePaymentProvider, customers: readonly string[]): Promise<ChargeData[]> {
  const charges: ChargeData[] = []
  for (const externalCustomerId of customers) {
    const subscriptions = await provider.listSubscriptions({ externalCustomerId })
    for (const { externalSubscriptionId } of subscriptions.data) {
      let cursor: string | null = null
      do {
        const page: Page<ChargeData> | undefined = await provider.charges?.listCharges({
          externalSubscriptionId,
          cursor,
        })
        charges.push(...(page?.data ?? []))
        cursor = page?.nextCursor ?? null
      } while (cursor)
    }
  }
  return charges
}

/** The bills that its adapter makes of what it lists. */
async function billsAtProvider(provider: BasePaymentProvider, customers: readonly string[]): Promise<InvoiceData[]> {
  const bills: InvoiceData[] = []
  for (const externalCustomerId of customers) {
    let cursor: string | null = null
    do {
      const page: Page<InvoiceData> = await provider.listInvoices({ externalCustomerId, cursor })
      bills.push(...page.data)
      cursor = page.nextCursor
    } while (cursor)
  }
  return bills
}

/** Every attempt to collect is here as the provider has it, and what was taken has paid bills of ours, to the cent. */
async function requireCollected(
  database: Database,
  organizationIds: readonly string[],
  charges: readonly ChargeData[],
): Promise<void> {
  const mine = sql.raw(`array['${organizationIds.join("','")}']`)
  const rows = await rowsOf<Omit<ComparedCharge, 'attemptedAt'> & { attemptedAt: string | Date }>(
    database.drizzle.execute(sql`select b.external_subscription_id as "externalSubscriptionId", p.external_payment_id as "externalPaymentId",
        p.status, p.amount, p.currency, p.attempted_at as "attemptedAt", p.amount_refunded as "amountRefunded", p.decline_code as "declineCode"
      from billhook.payments p join billhook.bindings b on b.id = p.binding_id where p.organization_id = any(${mine})`),
  )
  const theirs = new Map(charges.map((charge) => [charge.externalPaymentId, charge]))
  const ours = rows.map(({ declineCode, ...row }) => {
    const listed = theirs.get(row.externalPaymentId)
    const amountRefunded = Number(row.amountRefunded ?? 0)
    return plainCharge({
      ...row,
      amount: Number(row.amount),
      attemptedAt: new Date(row.attemptedAt),
      // What only an event tells: that a bank has taken the money back, and why an older attempt was declined.
      amountRefunded: Math.min(amountRefunded, listed?.amountRefunded ?? amountRefunded),
      declineCode: listed?.declineCode === null ? null : declineCode,
    })
  })
  requireSame('charges are the provider’s', ours, charges.map(plainCharge))
  const bills = await billsHere(database, organizationIds)
  for (const [id, ofOne] of Map.groupBy(charges, (charge) => charge.externalSubscriptionId)) {
    const taken = sumOf(ofOne.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount))
    const paid = bills.filter((bill) => bill.externalSubscriptionId === id)
    if (sumOf(paid.map(({ amountPaid }) => amountPaid)) !== taken)
      throw new LawBroken('what was taken has paid bills', { id, taken, paid })
  }
}

/**
 * Bills that hold, without their numbers, which count in the order in which charges were heard of. Only deliveries tell what was planned before
 * a stop that is over, why an older attempt was declined, and that a bank took money back: where some were lost, nobody knows.
 */
async function billsThatHold(
  database: Database,
  organizationIds: readonly string[],
  { isLossless }: { isLossless: boolean },
): Promise<object[]> {
  const bills = await billsHere(database, organizationIds)
  return bills
    .filter(({ status }) => status !== 'void')
    .map(({ number: _, ...bill }) => (isLossless ? bill : withoutHearsay(bill)))
}

const withoutHearsay = ({
  nextPaymentAttemptAt: _,
  amountRefunded: __,
  payments,
  ...bill
}: Omit<InvoiceData, 'number'>): object => ({
  ...bill,
  payments: payments?.map(({ declineCode: ___, ...payment }) => payment),
})

/** Whose terms never changed: of them the provider's adapter, which knows the present ones alone, makes the same bills. */
async function requireListed(
  database: Database,
  organizationIds: readonly string[],
  listed: readonly InvoiceData[],
): Promise<void> {
  const mine = sql.raw(`array['${organizationIds.join("','")}']`)
  const rows = await rowsOf<{ id: string }>(
    database.drizzle.execute(sql`select external_subscription_id as id from billhook.bindings
      where organization_id = any(${mine}) and jsonb_array_length(terms->'history') = 1`),
  )
  const steady = new Set(rows.map(({ id }) => id))
  const ofSteady = (bills: readonly InvoiceData[]) =>
    bills.filter(({ externalSubscriptionId: id, status }) => steady.has(id ?? '') && status !== 'void').map(plainBill)
  requireSame(
    'bills are those of the provider’s own list',
    ofSteady(await billsHere(database, organizationIds)),
    ofSteady(listed),
  )
}

const plainBill = ({
  number: _,
  reference: __,
  nextPaymentAttemptAt: ___,
  amountRefunded: ____,
  payments,
  lines,
  ...bill
}: InvoiceData): object => ({
  ...bill,
  lines: lines.map(({ externalLineId: _____, ...line }) => line),
  payments: payments
    ?.map(({ externalPaymentId, status, amount }) => ({ externalPaymentId, status, amount }))
    .toSorted((a, b) => (a.externalPaymentId < b.externalPaymentId ? -1 : 1)),
})

/** A bill that was withdrawn asks for nothing and has nothing. */
async function requireVoided(database: Database, organizationIds: readonly string[]): Promise<void> {
  const voided = (await billsHere(database, organizationIds)).filter(({ status }) => status === 'void')
  const wrong = voided.filter(
    ({ amountPaid, amountRemaining, amountRefunded, payments, voidedAt, nextPaymentAttemptAt: next }) =>
      amountPaid + amountRemaining + amountRefunded > 0 || payments?.length || !voidedAt || next,
  )
  if (wrong.length > 0) throw new LawBroken('what was voided asks for nothing and has nothing', wrong)
}

/** Our numbers have no gap in an organization, voided bills included. */
async function requireNumbered(database: Database, organizationIds: readonly string[]): Promise<void> {
  for (const organizationId of organizationIds) {
    const numbers = (await billsHere(database, [organizationId])).map(({ number }) => number ?? '')
    const serials = numbers.map((number) => Number(number.split('-').at(-1))).toSorted((a, b) => a - b)
    if (serials.some((serial, n) => serial !== n + 1)) throw new LawBroken('numbers have no gap', numbers)
  }
}

const billsHere = async (database: Database, organizationIds: readonly string[]): Promise<InvoiceData[]> =>
  (await portraitHere(database, organizationIds)).invoices as InvoiceData[]

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0)

const plainCharge = (charge: ComparedCharge): object => Object.fromEntries(compared.map((key) => [key, charge[key]]))
