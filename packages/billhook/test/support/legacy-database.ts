import pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres/index.ts'

/** A Stripe-only Django application's database, with rows as years of use leave them. */
export interface LegacyDatabase {
  url: string
  query<R = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<R[]>
  close(): Promise<void>
}

const tables = (amount: string) => `
  create table core_team (id bigint primary key, name text, email text, country text);
  create table billing_plan (id serial primary key, slug text, name text, description text, amount ${amount}, currency text, interval text,
    features jsonb, limits jsonb, stripe_price_id text, stripe_product_id text, is_active boolean);
  create table billing_subscription (id bigint primary key, organization_id bigint, plan_id int, status text, stripe_subscription_id text,
    stripe_customer_id text, current_period_start timestamptz, current_period_end timestamptz, cancel_at_period_end boolean,
    canceled_at timestamptz, trial_start timestamptz, trial_end timestamptz, created_at timestamp, updated_at timestamptz);
  create table billing_invoice (id uuid primary key, organization_id bigint, subscription_id bigint, stripe_invoice_id text,
    stripe_payment_intent_id text, number varchar(80), status text, currency varchar(3), amount_due ${amount}, amount_paid ${amount},
    period_start timestamptz, period_end timestamptz, due_date date, paid_at timestamptz, hosted_invoice_url text, invoice_pdf text,
    created_at timestamptz, updated_at timestamptz);`

/** An id beyond what a JavaScript number holds. */
const huge = 9_007_199_254_740_993n
export const teamId = (index: number): string => String(huge + BigInt(index))

export async function openLegacyDatabase(amounts: 'decimal' | 'cents'): Promise<LegacyDatabase> {
  const database: TestDatabase = await createTestDatabase({ template: 'empty' })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(tables(amounts === 'decimal' ? 'numeric(24, 2)' : 'bigint'))
  const query = async <R>(sql: string, values: unknown[] = []): Promise<R[]> => (await client.query(sql, values)).rows
  return {
    url: database.url,
    query,
    close: async () => {
      await client.end()
      await database.drop()
    },
  }
}

/** Three plans: euros, yen (no decimals), dollars written "Usd". */
export async function addPlans({ query }: LegacyDatabase, { scale }: { scale: number }): Promise<void> {
  await query(
    `insert into billing_plan (id, slug, name, amount, currency, interval, features, limits, stripe_price_id, stripe_product_id, is_active) values
      (1, 'pro', 'Pro – für alle', ${49 * scale}, 'eur', 'month', '{"sso": true}', '{"seats": 5}', 'price_pro', 'prod_pro', true),
      (2, 'pro-yen', 'プロ', 6000, 'JPY', 'monthly', '["sso"]', '{}', 'price_yen', 'prod_pro', true),
      (3, 'old', 'Old', ${9.9 * scale}, 'Usd', 'year', null, null, 'price_old', 'prod_old', false)`,
  )
}

const statuses = ['active', 'past_due', 'cancelled', 'trialing', 'ACTIVE', 'unpaid', 'incomplete_expired']

/** Teams that fit, each with a subscription and three invoices. */
export async function addGoodTeams(
  { query }: LegacyDatabase,
  count: number,
  { scale }: { scale: number },
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const team = teamId(index)
    const plan = (index % 3) + 1
    const status = statuses[index % statuses.length] ?? ''
    const ended = status === 'cancelled' ? `'2026-02-10T12:00:00Z'` : 'null'
    await query(`insert into core_team values ($1, $2, $3, 'NL')`, [
      team,
      `Größe 企業 ${index}`,
      `team${index}@example.test`,
    ])
    await query(
      `insert into billing_subscription values ($1, $2, $3, $4, $5, $6, '2026-02-01Z', '2026-03-01Z', $7, ${ended}, null,
        ${status === 'trialing' ? `'2026-03-01Z'` : 'null'}, '2025-11-05 10:00', '2026-02-11T08:00:00.123456Z')`,
      [index + 1, team, plan, status, `sub_${index}`, `cus_${index}`, index % 4 === 0],
    )
    for (const [number, state] of (['paid', 'open', 'void'] as const).entries()) {
      const amount = plan === 2 ? 6000 + number : (49.9 + number) * scale
      await query(
        `insert into billing_invoice values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, '2026-02-01Z', '2026-03-01Z', '2026-02-15',
          $10, 'https://pay.example.test/é', null, '2026-02-01T00:00:01Z', '2026-02-11Z')`,
        [
          ...[
            team,
            index + 1,
            `in_${index}_${number}`,
            state === 'paid' ? `pi_${index}` : null,
            `R-${index}-${number}`,
          ],
          ...[state, ['EUR', 'jpy', 'uSd'][plan - 1], amount, state === 'paid' ? amount : 0],
          state === 'paid' ? '2026-02-01T00:05:00Z' : null,
        ],
      )
    }
  }
}

const oddTeam = (team: number): string => String(huge + 1000n + BigInt(team))
const oddId = (n: number): string => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`

/** Rows that fit nowhere, each with the reason that is expected: `table primary-key code`. */
export async function addAwkwardRows(legacy: LegacyDatabase): Promise<string[]> {
  await legacy.query(
    `insert into core_team select ${oddTeam(0)} + n, 'Odd ' || n, 'odd@example.test', 'NL' from generate_series(0, 9) n`,
  )
  const expected = [
    ...(await addAwkwardPlans(legacy)),
    ...(await addAwkwardSubscriptions(legacy)),
    ...(await addAwkwardInvoices(legacy)),
  ]
  // As an old application has it: declared late, and not true of every row.
  await legacy.query(
    'alter table billing_subscription add foreign key (organization_id) references core_team (id) not valid',
  )
  return expected.sort()
}

async function addAwkwardPlans({ query }: LegacyDatabase): Promise<string[]> {
  await query(
    `insert into billing_plan (id, slug, name, amount, currency, interval, stripe_price_id, stripe_product_id) values
      (10, 'no-price', 'x', 1, 'eur', 'month', null, 'prod_x'), (11, 'gold', 'x', 1, 'GOLD', 'month', 'price_gold', 'prod_x'),
      (12, 'pro-again', 'x', 49, 'eur', 'month', 'price_pro', 'prod_pro'), (13, 'minus', 'x', -1, 'eur', 'month', 'price_minus', 'prod_x')`,
  )
  const codes = ['null_id', 'unknown_currency', 'duplicate_id', 'negative_amount']
  return codes.map((code, index) => `billing_plan ${index + 10} ${code}`)
}

type OddSubscription = [
  id: number,
  team: number | null,
  plan: number,
  status: string,
  external: string | null,
  end: string | null,
  updated: string,
  code: string | null,
]
const end = '2026-03-01Z'
const updated = '2026-02-01Z'
const oddSubscriptions: OddSubscription[] = [
  [501, 0, 1, 'active', null, end, updated, 'null_id'],
  [502, 0, 1, 'frozen', 'sub_frozen', end, updated, 'unknown_status'],
  [503, 1, 1, 'active', 'sub_no_period', null, updated, 'missing_period'],
  [504, 1, 1, 'canceled', 'sub_backwards', '2026-01-01Z', updated, 'period_reversed'],
  [505, 2, 99, 'active', 'sub_no_plan', end, updated, 'orphan_plan'],
  [506, null, 1, 'active', 'sub_stray', end, updated, 'null_id'],
  [507, 3, 1, 'canceled', 'sub_twice', end, '2026-01-15Z', 'duplicate_id'],
  [508, 3, 1, 'active', 'sub_twice', end, updated, null],
  [509, 4, 1, 'active', 'sub_contested', end, updated, 'duplicate_id'],
  [510, 5, 1, 'active', 'sub_contested', end, updated, 'duplicate_id'],
  [511, 6, 1, 'active', 'sub_first', end, updated, null],
  [512, 6, 1, 'active', 'sub_second', '2026-02-20Z', updated, 'second_live_subscription'],
  [513, 77, 1, 'active', 'sub_orphan', end, updated, 'orphan_organization'],
  [514, 8, 1, 'active', 'sub_shared', end, updated, 'shared_customer'],
  [515, 9, 1, 'active', 'sub_sharing', end, updated, 'shared_customer'],
]

async function addAwkwardSubscriptions({ query }: LegacyDatabase): Promise<string[]> {
  for (const [id, team, plan, status, external, periodEnd, updatedAt] of oddSubscriptions) {
    await query(
      `insert into billing_subscription (id, organization_id, plan_id, status, stripe_subscription_id, stripe_customer_id, current_period_start,
        current_period_end, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, '2026-02-01Z', $7, '2026-01-01', $8)`,
      [
        ...[id, team === null ? null : oddTeam(team), plan, status, external],
        ...[id > 513 ? 'cus_shared' : `cus_odd_${team}`, periodEnd, updatedAt],
      ],
    )
  }
  return oddSubscriptions.flatMap(([id, , , , , , , code]) => (code ? [`billing_subscription ${id} ${code}`] : []))
}

type OddInvoice = [
  team: number,
  subscription: number | null,
  external: string | null,
  status: string,
  currency: string,
  due: string,
  code: string,
]
const oddInvoices: OddInvoice[] = [
  [6, 511, null, 'paid', 'eur', '10', 'null_id'],
  [6, 511, 'in_unknown', 'kept', 'eur', '10', 'unknown_status'],
  [6, 511, 'in_gold', 'paid', 'XYZ', '10', 'unknown_currency'],
  [6, 511, 'in_minus', 'open', 'eur', '-10', 'negative_amount'],
  [6, 511, 'in_sen', 'open', 'jpy', '10.50', 'invalid_amount'],
  [6, 511, 'in_endless', 'open', 'eur', '99999999999999999999.99', 'invalid_amount'],
  [0, 501, 'in_of_left_out', 'paid', 'eur', '10', 'orphan_subscription'],
  [7, null, 'in_of_nobody', 'paid', 'eur', '10', 'unknown_customer'],
  [78, null, 'in_orphan', 'paid', 'eur', '10', 'orphan_organization'],
]

async function addAwkwardInvoices({ query }: LegacyDatabase): Promise<string[]> {
  for (const [index, [team, subscription, external, status, currency, due]] of oddInvoices.entries()) {
    await query(
      `insert into billing_invoice (id, organization_id, subscription_id, stripe_invoice_id, status, currency, amount_due, amount_paid, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7, '2026-02-01Z')`,
      [oddId(index + 1), oddTeam(team), subscription, external, status, currency, due],
    )
  }
  return oddInvoices.map(([, , , , , , code], index) => `billing_invoice ${oddId(index + 1)} ${code}`)
}
