import { expect } from 'vitest'
import type { KilledShop } from './killed-shop.ts'

const rowsOf = async <Row>(shop: KilledShop, text: string): Promise<Row[]> => (await shop.database.query(text)).rows

interface Fact {
  id: string
  type: string
  object_id: string
  sequence: number
  data: string
}

/** These can be true of one object again, and then they say something else. */
const repeatable = ['subscription.updated', 'entitlements.changed']

function expectToldOnce(object: string, told: Fact[]): void {
  expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, n) => n + 1))
  const said = told.map(({ type, data }) => (repeatable.includes(type) ? `${type} ${data}` : type))
  expect(said, object).toEqual(
    said.filter(
      (fact, n) =>
        fact !== said[n - 1] && (repeatable.some((type) => fact.startsWith(type)) || said.indexOf(fact) === n),
    ),
  )
}

/** What must hold whatever died when. Answers how much there was of it, in a line. */
export async function expectNothingLostOrRepeated(shop: KilledShop, organizations: string[]): Promise<string> {
  const inbox = await rowsOf<{ dedupe_key: string; status: string }>(
    shop,
    'select dedupe_key, status from billhook.webhook_events',
  )
  const kept = new Map(inbox.map(({ dedupe_key, status }) => [dedupe_key, status]))
  expect(shop.acknowledged.size).toBe(shop.stripe.events.length)
  expect([...shop.acknowledged].filter((id) => !['processed', 'ignored'].includes(kept.get(id) ?? 'lost'))).toEqual([])
  for (const one of await compare(shop, organizations)) expect(one.kept).toEqual(one.atStripe)

  const facts = await rowsOf<Fact>(
    shop,
    'select id, type, object_id, sequence, data::text from billhook.billing_events order by sequence',
  )
  for (const [object, told] of Map.groupBy(facts, ({ object_id }) => object_id)) expectToldOnce(object, told)
  const paid = [...shop.stripe.state.invoices.values()].filter(({ status }) => status === 'paid')
  expect(facts.filter(({ type }) => type === 'invoice.paid')).toHaveLength(paid.length)
  expect(facts.filter(({ type }) => type === 'subscription.activated')).toHaveLength(organizations.length)
  const repeats = await expectToldAtLeastOnce(
    shop,
    facts.map(({ id }) => id),
  )
  return `${shop.fleet.kills} kills, ${kept.size} events, ${facts.length} facts, ${repeats} told again`
}

/** A repeat is one that somebody died over, and says the same under the same id. Answers how many there were. */
async function expectToldAtLeastOnce(shop: KilledShop, facts: string[]): Promise<number> {
  const told = Map.groupBy(shop.receiver.at('/told'), ({ headers }) => headers.get('webhook-id'))
  expect([...told.keys()].toSorted()).toEqual(facts.toSorted())
  for (const [id, copies] of told) expect(new Set(copies.map(({ body }) => body)).size, `${id}`).toBe(1)
  const repeats = shop.receiver.at('/told').length - told.size
  const [died] = await rowsOf<{ n: number }>(
    shop,
    'select count(*)::int as n from billhook.delivery_attempts where finished_at is null',
  )
  expect(repeats).toBeLessThanOrEqual(died?.n ?? 0)
  // One request after another to one endpoint, but up to four at a time of each process.
  expect(died?.n).toBeLessThanOrEqual(4 * shop.fleet.kills)
  return repeats
}

/** Each organization as Stripe has it and as it is kept, in the same words. */
async function compare(shop: KilledShop, organizations: string[]) {
  const { state } = shop.stripe
  const invoiceOf = (id: string, invoice: { status: unknown; total: unknown; amount_paid: unknown }) =>
    [id, invoice.status, invoice.total, invoice.amount_paid].join(' ')
  return Promise.all(
    organizations.map(async (organization) => {
      const { json: kept } = await shop.ask('GET', '/subscriptions/current/', undefined, { organization })
      const { json: bills } = await shop.ask('GET', '/invoices/?limit=100', undefined, { organization })
      const subscriptions = [...state.subscriptions.values()].filter(
        ({ customer }) => customer === kept.external_customer_id,
      )
      const invoices = [...state.invoices.values()].filter(({ customer }) => customer === kept.external_customer_id)
      const data = bills.data as Array<{
        external_invoice_id: string
        status: string
        total: number
        amount_paid: number
      }>
      return {
        kept: [
          [
            kept.external_subscription_id,
            kept.status,
            kept.quantity,
            kept.cancel_at_period_end,
            kept.current_period_end,
          ],
          ...data.map((invoice) => invoiceOf(invoice.external_invoice_id, invoice)).toSorted(),
        ],
        atStripe: [
          ...subscriptions.map(({ id, status, cancel_at_period_end, items }) => {
            const [item] = items.data
            const end = new Date((item?.current_period_end ?? 0) * 1000).toISOString()
            return [id, status, item?.quantity, cancel_at_period_end, end]
          }),
          ...invoices.map((invoice) => invoiceOf(invoice.id, invoice)).toSorted(),
        ],
      }
    }),
  )
}
