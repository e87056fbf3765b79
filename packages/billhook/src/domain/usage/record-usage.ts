import type { Context } from '../../context.ts'
import { BillhookError, invalid } from '../../primitives/index.ts'
import { countEvent, type Ledger } from './ledger.ts'
import { toCounted } from './to-counted.ts'
import {
  isRefusal,
  parseEvent,
  type RejectionCode,
  type SaidEvent,
  type UnknownEvent,
  type UsageEventInput,
} from './usage-event.ts'
import { writeUsage } from './write-usage.ts'

export interface RecordUsageInput {
  organizationId: string
  /** 1 to 1,000. */
  events: readonly UsageEventInput[]
}

export interface RejectedEvent {
  /** Its place among the events that were sent. */
  index: number
  /** As it was sent; null where that is no id. */
  id: string | null
  code: RejectionCode
  detail: string
}

export interface UsageReceipt {
  /** Counted now, adjustments among them. */
  accepted: number
  /** Late: counted in the period that is open now. */
  adjustments: number
  /** Counted before, with the same words. */
  duplicates: number
  rejected: RejectedEvent[]
}

const mostEvents = 1_000

/**
 * Counts what can be counted, each event once, and names what cannot. Events that are not refused are durable when this answers.
 * Errors: `no_events`, `too_many_events` (400).
 */
export function recordUsage(ctx: Context, { organizationId, events }: RecordUsageInput): Promise<UsageReceipt> {
  return recordUnknown(ctx, { organizationId, events })
}

/** The same for events from outside, of which nothing is known. */
export async function recordUnknown(
  ctx: Context,
  { organizationId, events }: { organizationId: string; events: readonly UnknownEvent[] },
): Promise<UsageReceipt> {
  if (events.length === 0) throw invalid('no_events', 'Send at least one event.')
  if (events.length > mostEvents)
    throw invalid('too_many_events', `Send at most ${mostEvents} events at a time; these are ${events.length}.`)
  const parsed = events.map((event) => parseEvent(event))
  const rejected = parsed.flatMap((event, index): RejectedEvent[] =>
    isRefusal(event) ? [{ index, id: shownId(events[index]?.id), ...event }] : [],
  )
  const said = parsed.flatMap((event, index) => (isRefusal(event) ? [] : [{ index, event }]))
  const receipt = await writeUsage(ctx, organizationId, {
    eventIds: said.map(({ event }) => event.id),
    decide: (ledger) => countAll(ledger, said),
  })
  return { ...receipt, rejected: [...rejected, ...receipt.rejected].sort((a, b) => a.index - b.index) }
}

/** The one event of a request that has no other: what would be a rejection is an error. Error: the rejection's code, 409 for `usage_conflict`. */
export function requireCounted({ rejected: [only] }: UsageReceipt): void {
  if (!only) return
  throw new BillhookError(only.code, only.detail, {
    status: only.code === 'usage_conflict' ? 409 : 400,
    facts: { id: only.id },
  })
}

async function countAll(
  ledger: Ledger,
  said: ReadonlyArray<{ index: number; event: SaidEvent }>,
): Promise<UsageReceipt> {
  const receipt: UsageReceipt = { accepted: 0, adjustments: 0, duplicates: 0, rejected: [] }
  for (const { index, event } of said) {
    const found = await toCounted(ledger, event, { byQuantity: false })
    if (found === 'duplicate') receipt.duplicates += 1
    else if (isRefusal(found)) receipt.rejected.push({ index, id: event.id, ...found })
    else {
      countEvent(ledger, found)
      receipt.accepted += 1
      if (found.countedAt > found.occurredAt) receipt.adjustments += 1
    }
  }
  return receipt
}

/** Enough of it to be recognized. */
const shownId = (id: unknown): string | null => (typeof id === 'string' ? id.slice(0, 255).toWellFormed() : null)
