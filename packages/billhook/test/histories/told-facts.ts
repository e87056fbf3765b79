import { sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../src/db/index.ts'
import type { Chronicle } from './chronicle.ts'
import { LawBroken, requireSame } from './law-broken.ts'

interface Told {
  id: string
  type: string
  /** The provider's id of what it is about, and ours. */
  about: string
  objectId: string
  sequence: number
  receivers: string[]
}

export const toldIn = (database: Database, organizationIds: readonly string[]): Promise<Told[]> =>
  rowsOf<Told>(
    database.drizzle.execute(
      sql.raw(`select e.id, e.type, e.sequence, e.object_id as "objectId",
        coalesce((select external_id from billhook.external_refs r where r.object_id = e.object_id), e.object_id) as about,
        (select json_agg(case when d.endpoint_id is null then d.receiver else 'endpoint' end order by d.receiver)
          from billhook.deliveries d where d.billing_event_id = e.id) as receivers
      from billhook.billing_events e where e.organization_id = any(array['${organizationIds.join("','")}']) order by e.position`),
    ),
  )

/** Every one is in the order of its object, without a gap, and is to go to each receiver once. */
export function requireSound(told: readonly Told[]): void {
  for (const [objectId, events] of Map.groupBy(told, (event) => event.objectId)) {
    const sequences = events.map(({ sequence }) => sequence)
    if (sequences.some((sequence, n) => sequence !== n + 1))
      throw new LawBroken('sequences count up without a gap', { objectId, sequences })
  }
  for (const { id, type, receivers } of told)
    if (receivers?.join() !== 'endpoint,host' && receivers?.join() !== 'host,endpoint')
      throw new LawBroken('every receiver is to hear of every event once', { id, type, receivers })
}

/** What happens once in the life of an object, whichever of its states were seen on the way. */
const once: ReadonlySet<string> = new Set([
  'subscription.created',
  'subscription.canceled',
  'invoice.created',
  'invoice.finalized',
  'invoice.paid',
  'invoice.voided',
  'payment.refunded',
  'dispute.opened',
  'dispute.closed',
])
/** What can come again, but never twice without the other in between. */
const opposites: ReadonlyArray<readonly [string, string]> = [
  ['subscription.past_due', 'subscription.recovered'],
  ['subscription.paused', 'subscription.resumed'],
  ['subscription.cancel_scheduled', 'subscription.cancel_unscheduled'],
]

interface Story {
  /** The same history, told to a service without any fault, as it happened. */
  calm: readonly Told[]
  chronicle: Chronicle
  /** What only a delivery tells, and some were lost. */
  unheard: readonly string[]
}

export function requireSameStory(told: readonly Told[], { calm, chronicle, unheard }: Story): void {
  const single = (events: readonly Told[]) =>
    events.filter(({ type }) => once.has(type) && !unheard.includes(type)).map(({ type, about }) => ({ type, about }))
  requireSame('what happens once is told once, as in a service without faults', single(told), single(calm))
  for (const [about, events] of Map.groupBy(told, (event) => event.about)) {
    const types = events.map(({ type }) => type)
    for (const pair of opposites) {
      const ofPair = types.filter((type) => pair.includes(type))
      if (ofPair.some((type, n) => type === ofPair[n - 1]))
        throw new LawBroken('opposites take turns', { about, ofPair })
    }
    for (const [type, same] of Map.groupBy(types, (one) => one)) {
      const happened = chronicle.countOf(type, about)
      if (happened !== null && same.length > happened)
        throw new LawBroken('nothing is told more often than it happened', { about, type, happened, types })
    }
  }
}
