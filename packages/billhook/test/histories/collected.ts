import { sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../src/db/index.ts'
import type { BasePaymentProvider, ChargeData, InvoiceData, Page } from '../../src/providers/provider.ts'
import { LawBroken, requireSame } from './law-broken.ts'
import { portraitHere } from './portrait.ts'

type ComparedField = 'externalPaymentId' | 'externalSubscriptionId' | 'status' | 'amount' | 'currency' | 'attemptedAt'

/** What was collected for these customers, where the provider makes no bills. */
export async function chargesAtProvider(
  provider: BasePaymentProvider,
  customers: readonly string[],
): Promise<ChargeData[]> {
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

/** Every attempt to collect is here as the provider has it, and what was taken has paid bills of ours, to the cent. */
export async function requireCollected(
  database: Database,
  organizationIds: readonly string[],
  charges: readonly ChargeData[],
): Promise<void> {
  const mine = sql.raw(`array['${organizationIds.join("','")}']`)
  const rows = await rowsOf<Omit<Pick<ChargeData, ComparedField>, 'attemptedAt'> & { attemptedAt: string | Date }>(
    database.drizzle.execute(sql`select b.external_subscription_id as "externalSubscriptionId", p.external_payment_id as "externalPaymentId",
        p.status, p.amount, p.currency, p.attempted_at as "attemptedAt"
      from billhook.payments p join billhook.bindings b on b.id = p.binding_id where p.organization_id = any(${mine})`),
  )
  const ours = rows.map((row) =>
    plainCharge({ ...row, amount: Number(row.amount), attemptedAt: new Date(row.attemptedAt) }),
  )
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
 * Bills that hold, without their numbers, which count in the order in which charges were heard of, and without the next attempt: that a
 * provider has given one up, because it was told to stop, is in no event. Why an older attempt was declined only its event tells.
 */
export async function billsThatHold(database: Database, organizationIds: readonly string[]): Promise<object[]> {
  const bills = await billsHere(database, organizationIds)
  return bills.filter(({ status }) => status !== 'void').map(({ number: _, nextPaymentAttemptAt: __, ...bill }) => bill)
}

/** Our numbers have no gap in an organization, voided bills included. */
export async function requireNumbered(database: Database, organizationIds: readonly string[]): Promise<void> {
  for (const organizationId of organizationIds) {
    const numbers = (await billsHere(database, [organizationId])).map(({ number }) => number ?? '')
    const serials = numbers.map((number) => Number(number.split('-').at(-1))).toSorted((a, b) => a - b)
    if (serials.some((serial, n) => serial !== n + 1)) throw new LawBroken('numbers have no gap', numbers)
  }
}

const billsHere = async (database: Database, organizationIds: readonly string[]): Promise<InvoiceData[]> =>
  (await portraitHere(database, organizationIds)).invoices as InvoiceData[]

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0)

const plainCharge = ({
  externalPaymentId,
  externalSubscriptionId,
  status,
  amount,
  currency,
  attemptedAt,
}: Pick<ChargeData, ComparedField>): object => ({
  ...{ externalPaymentId, externalSubscriptionId, status, amount, currency },
  attemptedAt,
})
