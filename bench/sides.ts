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
  /** Rows `(subscription, quantity)`: what it believes of each, by the ids at Stripe. */
  quantities: string
  /** One number: invoices that it holds as paid. */
  countPaid: string
  /** One number: how often it has told of a paid invoice; left out where it tells nobody. */
  countTold?: string
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
  quantities: `select b.external_subscription_id as subscription, s.quantity from billhook.bindings b join billhook.subscriptions s on s.id = b.subscription_id`,
  countPaid: `select count(*)::int as n from billhook.invoices where status = 'paid'`,
  countTold: `select count(*)::int as n from billhook.billing_events where type = 'invoice.paid'`,
  explain: `select status, reason, count(*)::int as count from billhook.webhook_events where status <> 'processed' group by 1, 2`,
}

const floor: Side = {
  name: 'floor',
  file: 'servers/floor.ts',
  path: '/',
  isPreloaded: false,
  // Ledger and object are written together or not at all.
  countApplied: `select count(*)::int as n from event`,
  quantities: `select id as subscription, (data::jsonb #>> '{items,data,0,quantity}')::int as quantity from object where kind = 'subscription'`,
  countPaid: `select count(*)::int as n from object where kind = 'invoice' and status = 'paid'`,
}

const floorFull: Side = {
  name: 'floor-full',
  file: 'servers/floor-full.ts',
  path: '/',
  isPreloaded: true,
  prepare: floorFullTables,
  countApplied: `select count(*)::int as n from floor_full.webhook_events where status = 'processed'`,
  quantities: `select b.external_subscription_id as subscription, s.quantity from floor_full.bindings b join floor_full.subscriptions s on s.id = b.subscription_id`,
  countPaid: `select count(*)::int as n from floor_full.invoices where status = 'paid'`,
  countTold: `select count(*)::int as n from floor_full.billing_events where type = 'invoice.paid'`,
}

const stripeSync: Side = {
  name: 'stripe-sync',
  file: 'servers/stripe-sync.ts',
  path: '/',
  isPreloaded: false,
  // It keeps no ledger. Every second event is an invoice nobody has seen, so its rows tell how many came through.
  countApplied: `select 2 * count(*)::int as n from stripe.invoices`,
  quantities: `select subscription, quantity from stripe.subscription_items where not coalesce(deleted, false)`,
  countPaid: `select count(*)::int as n from stripe.invoices where status = 'paid'`,
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
