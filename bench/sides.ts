import { createRequire } from 'node:module'
import { join } from 'node:path'
import { floorFullTables } from './servers/floor-full-statements.ts'

/** One of those that are compared: a server process with a database of its own. */
export interface Side {
  name: 'billhook' | 'floor' | 'floor-full' | 'stripe-sync'
  file: string
  path: string
  /** Starts from a copy of the preloaded database; the others from an empty one. */
  isPreloaded: boolean
  /** Run once on its database before its server starts. */
  prepare?: string
  /** One number: events that were applied since the beginning. */
  countApplied: string
  /** One number: events that nobody has tried to apply yet (one that failed is not waited for). Left out where acknowledged means applied. */
  countWaiting?: string
  /** Rows `(status, reason, count)` that say why events were not applied. */
  explain?: string
}

const billhook: Side = {
  name: 'billhook',
  file: 'servers/billhook.ts',
  path: '/api/v1/billing/webhooks/stripe/',
  isPreloaded: true,
  countApplied: `select count(*)::int as n from billhook.webhook_events where status = 'processed'`,
  countWaiting: `select count(*)::int as n from billhook.webhook_events where status in ('received', 'failed') and status = 'received'`,
  explain: `select status, reason, count(*)::int as count from billhook.webhook_events where status <> 'processed' group by 1, 2`,
}

const floor: Side = {
  name: 'floor',
  file: 'servers/floor.ts',
  path: '/',
  isPreloaded: false,
  // Ledger and object are written together or not at all.
  countApplied: `select count(*)::int as n from event`,
}

const floorFull: Side = {
  name: 'floor-full',
  file: 'servers/floor-full.ts',
  path: '/',
  isPreloaded: true,
  prepare: floorFullTables,
  countApplied: `select count(*)::int as n from floor_full.webhook_events where status = 'processed'`,
}

const stripeSync: Side = {
  name: 'stripe-sync',
  file: 'servers/stripe-sync.ts',
  path: '/',
  isPreloaded: false,
  // It keeps no ledger. Every second event is an invoice nobody has seen, so its rows tell how many came through.
  countApplied: `select 2 * count(*)::int as n from stripe.invoices`,
}

/** The sides of this run, and a sentence about one that cannot take part. */
export function chooseSides(peersDirectory: string | undefined): { sides: Side[]; skipped: string[] } {
  const own = [billhook, floor, floorFull]
  if (!peersDirectory) {
    return { sides: own, skipped: ['stripe-sync: skipped, BENCH_PEERS names no folder that has it installed.'] }
  }
  try {
    createRequire(join(peersDirectory, 'package.json')).resolve('@supabase/stripe-sync-engine')
    return { sides: [...own, stripeSync], skipped: [] }
  } catch {
    return { sides: own, skipped: [`stripe-sync: skipped, ${peersDirectory} holds no @supabase/stripe-sync-engine.`] }
  }
}

export { billhook as billhookSide }
