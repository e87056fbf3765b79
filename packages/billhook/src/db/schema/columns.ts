import { type SQL, sql } from 'drizzle-orm'
import { bigint, jsonb, pgSchema, text, timestamp } from 'drizzle-orm/pg-core'

/** Everything of ours lives here, so that a host's database keeps its own tables to itself. */
export const billhook = pgSchema('billhook')

export const id = () => text('id').primaryKey()
export const organizationId = () => text('organization_id').notNull()

/** A UTC instant; milliseconds, so that what is written is what a Date reads back. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })
export const createdAt = () => instant('created_at').notNull()
export const updatedAt = () => instant('updated_at').notNull()

/** Minor units; a safe integer in JavaScript, which a check of the guards migration holds. */
export const amount = (name: string) => bigint(name, { mode: 'number' })
export const currency = () => text('currency').notNull()

export type Metadata = Record<string, string>
export const metadata = () => jsonb('metadata').$type<Metadata>().notNull().default({})

/** The provider account that owns the external ids of the row, and its kind. */
export const provider = () => text('provider').notNull()
export const providerKind = () => text('provider_kind').notNull()

/** The kind of provider whose ids the Stripe-only design kept under names of their own. */
const keptKind = 'stripe'

/** Stripe-only readers of old find their id under its old name. Never written by hand: the database derives it. */
export const legacyStripeColumn = (name: string, source: string) =>
  text(name).generatedAlwaysAs(sql.raw(`case when provider_kind = '${keptKind}' then ${source} end`))

/** The same, for a row that is shown before the database has derived it. */
export const legacyStripeId = (providerKind: string, id: string | null): string | null =>
  providerKind === keptKind ? id : null

/** `column in ('a', 'b')` from one list, which the type is made of too. */
export const isOneOf = (column: string, values: readonly string[]): SQL =>
  sql.raw(`${column} in (${values.map((value) => `'${value}'`).join(', ')})`)

/**
 * What the writer knows about the last snapshot it applied to an external object: when it was observed and how it came, its digest,
 * and the tickets that keep racing re-reads in order.
 */
export const snapshotGuard = () => ({
  observedAt: instant('observed_at'),
  observedBy: text('observed_by').$type<'event' | 'read'>(),
  snapshotDigest: text('snapshot_digest'),
  ticketIssued: bigint('ticket_issued', { mode: 'number' }).notNull().default(0),
  ticketApplied: bigint('ticket_applied', { mode: 'number' }).notNull().default(0),
})
