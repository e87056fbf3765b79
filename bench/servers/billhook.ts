// The service as it runs in production: its own logger and listener, the Stripe provider, background work in the same process.
import { createBilling } from '../../packages/billhook/src/billing.ts'
import { stripeProvider } from '../../packages/billhook/src/providers/stripe/index.ts'
import { makeLogger } from '../../packages/server/src/logger.ts'
import { serve } from '../../packages/server/src/serve.ts'
import { apiKey, webhookSecret } from '../fixture.ts'
import { announce } from '../start-process.ts'

// Nobody listens there: an event that made the service ask the provider would fail, and the run with it.
const apiBase = 'http://127.0.0.1:9'
const secretKey = 'sk_test_bench'
const logger = makeLogger({
  isProduction: true,
  secrets: [secretKey, webhookSecret, apiKey],
  write: (line) => void process.stdout.write(line),
})
const billing = await createBilling({
  databaseUrl: process.env.BENCH_SIDE_DATABASE_URL,
  baseUrl: 'http://127.0.0.1',
  apiKeys: [apiKey],
  providers: { stripe: stripeProvider({ secretKey, webhookSecrets: [webhookSecret], apiBase }) },
  logger,
})
const listening = await serve({ fetch: billing.handler, port: 0, hostname: '127.0.0.1', graceMs: 2_000 })
billing.start()
announce({ port: listening.port }, async () => {
  await listening.stop()
  await billing.stop()
})
