// The import rule: which folder may import which. ARCHITECTURE.md says why; this table is what is checked.
//
// Paths are inside packages/. A pattern ending in "/" means everything in that folder; "*" is one name; "<name>" is one
// name too, which stands for itself on the right. A file's own row is the first whose `from` fits. A folder may always
// import itself. Tests and testing/ may import anything and have no row.

export interface ImportRow {
  from: string
  may: string[]
  /** npm packages that this folder must not use, with the reason. */
  neverPackages?: { names: string[]; because: string }
}

const LIBRARY = 'billhook/src'
const PRIMITIVES = `${LIBRARY}/primitives/`
const CONTEXT = `${LIBRARY}/context.ts`
const CONTRACT = `${LIBRARY}/providers/*.ts`
const DATABASE = `${LIBRARY}/db/`
const DOMAIN_FACES = `${LIBRARY}/domain/*/index.ts`
const DOMAIN_SHARED = `${LIBRARY}/domain/*.ts`
// What cannot be applied is shown to a person, and what a person replays is written down.
const WEBHOOK_NEEDS = ['sync', 'alerts', 'audit'].map((word) => `${LIBRARY}/domain/${word}/index.ts`)
// An endpoint that is disabled is shown to a person, and who changed one is written down.
const TOLD_AND_AUDITED = ['alerts', 'audit'].map((word) => `${LIBRARY}/domain/${word}/index.ts`)
const EVENTS = [`${LIBRARY}/outbox/append.ts`, `${LIBRARY}/outbox/billing-event.ts`]

const INBOX_WORK = ['process', 'prune-payloads'].map((name) => `${LIBRARY}/webhooks/${name}.ts`)
const SENDING = ['deliver', 'send-webhooks', 'webhook-deliveries'].map((name) => `${LIBRARY}/outbox/${name}.ts`)

/** Packages that speak SQL. Only SQL_FILES may import them, or more than types from the schema. */
export const SQL_PACKAGES = ['drizzle-orm', 'pg', '@electric-sql/pglite']
export const SCHEMA = `${LIBRARY}/db/schema/`
export const SQL_FILES = /(^|\/)(store|[a-z0-9-]+-store|inbox)\.ts$|\/(outbox|db|testing)\//

const dataBelongsToTheHost = {
  names: [...SQL_PACKAGES, 'hono'],
  because: 'a provider keeps its state in the stateStore it is given',
}

export const IMPORT_RULE: ImportRow[] = [
  { from: PRIMITIVES, may: [], neverPackages: { names: SQL_PACKAGES, because: 'primitives are pure' } },
  { from: CONTRACT, may: [PRIMITIVES], neverPackages: dataBelongsToTheHost },
  { from: `${LIBRARY}/providers/<name>/`, may: [CONTRACT, PRIMITIVES], neverPackages: dataBelongsToTheHost },
  { from: DATABASE, may: [PRIMITIVES, CONTRACT] },
  // The context hands the host's listeners to the outbox.
  { from: CONTEXT, may: [PRIMITIVES, CONTRACT, DATABASE, `${LIBRARY}/outbox/receivers.ts`] },
  { from: DOMAIN_SHARED, may: [PRIMITIVES, CONTEXT] },
  {
    from: `${LIBRARY}/domain/<word>/`,
    may: [DOMAIN_FACES, DOMAIN_SHARED, ...EVENTS, CONTRACT, DATABASE, PRIMITIVES, CONTEXT],
  },
  {
    from: `${LIBRARY}/outbox/`,
    may: [DOMAIN_SHARED, ...TOLD_AND_AUDITED, DATABASE, PRIMITIVES, CONTEXT, CONTRACT],
  },
  {
    from: `${LIBRARY}/webhooks/`,
    may: [DOMAIN_SHARED, ...WEBHOOK_NEEDS, CONTRACT, DATABASE, PRIMITIVES, CONTEXT],
  },
  {
    from: `${LIBRARY}/jobs/`,
    may: [DOMAIN_FACES, ...INBOX_WORK, ...SENDING, PRIMITIVES, CONTEXT],
  },
  {
    from: `${LIBRARY}/http/`,
    may: [
      DOMAIN_FACES,
      `${LIBRARY}/webhooks/receive.ts`,
      // The faces for administrators: replaying what is dead, listing events, managing endpoints.
      `${LIBRARY}/webhooks/index.ts`,
      `${LIBRARY}/outbox/index.ts`,
      `${LIBRARY}/outbox/billing-event.ts`,
      CONTRACT,
      PRIMITIVES,
      CONTEXT,
    ],
  },
  // For services that have nothing else of Billhook: it shares what a snapshot is, how it and a webhook are signed, and speaks HTTP.
  {
    from: `${LIBRARY}/client/`,
    may: [
      ...['entitlement', 'entitlement-snapshot', 'snapshot-signature'].map(
        (name) => `${LIBRARY}/domain/entitlements/${name}.ts`,
      ),
      `${LIBRARY}/outbox/verify-webhook.ts`,
      `${LIBRARY}/primitives/errors.ts`,
    ],
    neverPackages: { names: [...SQL_PACKAGES, 'hono', 'zod'], because: 'the client depends on nothing' },
  },
  { from: `${LIBRARY}/legacy/`, may: [`${LIBRARY}/billing.ts`, DOMAIN_FACES, CONTRACT, PRIMITIVES, CONTEXT] },
  { from: `${LIBRARY}/*.ts`, may: [`${LIBRARY}/`] },
  // Between packages, what counts is the public face: only paths in the other package.json's "exports".
  { from: 'client/src/', may: [] },
  { from: 'react/src/', may: ['client'] },
  { from: 'dashboard/src/', may: ['billhook', 'client', 'react'] },
  { from: 'server/src/', may: ['billhook', 'client', 'dashboard'] },
]

/** Names of providers that shared code must not know. */
export const PROVIDER_NAMES = /stripe|paypal|sandbox/i

/** Where those names are at home. */
export const PROVIDER_NAME_PLACES = /^billhook\/src\/(providers\/[^/]+|legacy|testing)\/|^server\//

/** What integrators of the Stripe-only design still read or call; kept under the old names on purpose. */
export const KEPT_NAMES = [
  /^stripe_(price|product|subscription|customer|invoice|payment_intent)_id$/,
  /^stripe(Price|Product|Subscription|Customer|Invoice|PaymentIntent)Id$/,
  /^legacy_?stripe\w*$/i,
  /^StripeService$/,
]

/** The one place where the schema says which kind has the old names. */
export const KEPT_CONDITION = /const keptKind = 'stripe'/g
