// The peer: @supabase/stripe-sync-engine behind node:http, from a folder that BENCH_PEERS names.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { webhookSecret } from '../fixture.ts'
import { intakeListener, listen } from './listen.ts'

/** What the bench uses of the package. */
interface SyncEngine {
  runMigrations(options: { databaseUrl: string; schema: string }): Promise<void>
  StripeSync: new (options: object) => { processWebhook(body: Buffer, signature: string): Promise<void> }
}

const databaseUrl = process.env.BENCH_SIDE_DATABASE_URL ?? ''
// Its CommonJS build: the migrations of the other one do not find their files.
const engine: SyncEngine = createRequire(join(process.env.BENCH_PEERS ?? '', 'package.json'))(
  '@supabase/stripe-sync-engine',
)
await engine.runMigrations({ databaseUrl, schema: 'stripe' })
const sync = new engine.StripeSync({
  poolConfig: { connectionString: databaseUrl, max: 10 },
  stripeSecretKey: 'sk_test_bench',
  stripeWebhookSecret: webhookSecret,
  // Like ours, it is to apply what the event says and to ask nobody.
  autoExpandLists: false,
  backfillRelatedEntities: false,
})
await listen(
  intakeListener((body, signature) => sync.processWebhook(body, signature)),
  async () => {},
)
