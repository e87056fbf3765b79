import { and, asc, eq, gt, type SQL } from 'drizzle-orm'
import type { Context } from '../context.ts'
import type { Drizzle } from '../db/database.ts'
import { asPlatform, inOrganization } from '../db/index.ts'
import { billingEvents } from '../db/schema/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../domain/paging.ts'
import { invalid } from '../primitives/index.ts'
import type { BillingEvent } from './billing-event.ts'

type EventRow = typeof billingEvents.$inferSelect

export function toBillingEvent({ position: _position, createdAt: _createdAt, ...event }: EventRow): BillingEvent {
  // Only appendFacts writes these columns, from the closed lists and the data that goes with each type.
  return event as unknown as BillingEvent
}

export interface ListInput extends PageInput {
  /** Null: of every organization, for the platform. */
  organizationId: string | null
  type?: string | undefined
  objectId?: string | undefined
}

/** BillingEvents in the order in which they were written, oldest first. */
export async function listBillingEvents(ctx: Context, input: ListInput): Promise<Paged<BillingEvent>> {
  const after = cursorPosition(input)
  const list = (tx: Drizzle): Promise<EventRow[]> =>
    tx
      .select()
      .from(billingEvents)
      .where(and(...filters(input), after === null ? undefined : gt(billingEvents.position, after)))
      .orderBy(asc(billingEvents.position))
      .limit(pageLimit(input) + 1)
  const rows =
    input.organizationId === null
      ? await asPlatform(ctx.db, ({ tx }) => list(tx))
      : await inOrganization(ctx.db, input.organizationId, ({ tx }) => list(tx))
  return pageOf(rows, input, toBillingEvent, (row) => String(row.position))
}

function cursorPosition(input: ListInput): number | null {
  const cursor = decodeCursor(input)
  if (cursor === null) return null
  if (!/^\d{1,15}$/.test(cursor)) throw invalid('invalid_cursor', 'This cursor is not one that we gave.')
  return Number(cursor)
}

const filters = ({ organizationId, type, objectId }: ListInput): Array<SQL | undefined> => [
  organizationId === null ? undefined : eq(billingEvents.organizationId, organizationId),
  type === undefined ? undefined : eq(billingEvents.type, type),
  objectId === undefined ? undefined : eq(billingEvents.objectId, objectId),
]
