import type { Fixture } from './fixture.ts'
import type { RunningSide } from './run-side.ts'
import { eventAt } from './stripe-events.ts'

interface SubscriptionObject {
  id: string
  items: { data: Array<{ quantity: number }> }
}

/**
 * Whether a side ended where Stripe is: each subscription at its newest quantity, each invoice there once, paid, and told once.
 * Errors: what is wrong, by name.
 */
export async function requireEndStates({ side, watcher, nextEvent }: RunningSide, fixture: Fixture): Promise<void> {
  const quantities = new Map<string, number>()
  let invoices = 0
  for (let n = 0; n < nextEvent; n++) {
    const { type, data } = eventAt(fixture, n)
    if (type === 'invoice.paid') invoices += 1
    else {
      const { id, items } = data.object as unknown as SubscriptionObject
      quantities.set(id, items.data[0]?.quantity ?? 0)
    }
  }
  const { rows } = await watcher.query<{ subscription: string; quantity: number }>(side.quantities)
  const held = new Map(rows.map(({ subscription, quantity }) => [subscription, quantity]))
  const wrong = [...quantities].filter(([id, quantity]) => held.get(id) !== quantity)
  const counted = async (text: string): Promise<number> => (await watcher.query<{ n: number }>(text)).rows[0]?.n ?? 0
  const paid = await counted(side.countPaid)
  const told = side.countTold ? await counted(side.countTold) : invoices
  if (wrong.length === 0 && paid === invoices && told === invoices) return
  const examples = wrong.slice(0, 3).map(([id, quantity]) => `${id} has ${held.get(id)} instead of ${quantity}`)
  throw new Error(
    `${side.name} ended wrong: ${wrong.length} of ${quantities.size} quantities (${examples.join('; ')}); of ${invoices} invoices ${paid} are paid, ${told} were told.`,
  )
}
