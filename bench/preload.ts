import { createBilling } from '../packages/billhook/src/billing.ts'
import { createPlan, publishPlan } from '../packages/billhook/src/domain/catalog/index.ts'
import { stripeProvider } from '../packages/billhook/src/providers/stripe/index.ts'
import { startStripeEmulator } from '../packages/billhook/src/testing/stripe-emulator/index.ts'
import { type Fixture, webhookSecret } from './fixture.ts'
import { firstEventOf, signatureOf } from './stripe-events.ts'

type Billing = Awaited<ReturnType<typeof createBilling>>

/**
 * Organizations, customers, a published plan and live subscriptions, all through the library's own doors, in an empty database.
 * Leaves no connection open.
 */
export async function preload({
  databaseUrl,
  organizations,
}: {
  databaseUrl: string
  organizations: number
}): Promise<Fixture> {
  const emulator = await startStripeEmulator()
  const stripe = { secretKey: emulator.apiKey, webhookSecrets: [webhookSecret], apiBase: emulator.baseUrl }
  try {
    const billing = await createBilling({
      databaseUrl,
      baseUrl: 'http://127.0.0.1',
      providers: { stripe: stripeProvider(stripe) },
    })
    try {
      const fixture = { ...(await makeCatalog(billing)), ...(await makeAccounts(billing, organizations)) }
      await makeSubscriptions(billing, fixture)
      return fixture
    } finally {
      await billing.stop()
    }
  } finally {
    await emulator.stop()
  }
}

async function makeCatalog({ ctx }: Billing): Promise<Pick<Fixture, 'externalPriceId' | 'externalProductId'>> {
  const plan = await createPlan(ctx, {
    key: 'pro',
    name: 'Pro',
    features: { reports: true },
    limits: { seats: 50 },
    prices: [{ key: 'pro-monthly', currency: 'EUR', amount: 4900, interval: 'month' }],
  })
  const published = await publishPlan(ctx, { planId: plan.id, provider: 'stripe' })
  const { externalPriceId, externalProductId } = published.prices[0] ?? {}
  if (!externalPriceId || !externalProductId) throw new Error('The plan of the bench was not published.')
  return { externalPriceId, externalProductId }
}

async function makeAccounts(
  billing: Billing,
  organizations: number,
): Promise<Pick<Fixture, 'accounts' | 'baseSeconds'>> {
  const accounts: Fixture['accounts'] = []
  await inParallel(organizations, async (n) => {
    const { id } = await billing.createOrganization({
      externalId: `bench-${n}`,
      name: `Bench ${n}`,
      email: `${n}@example.test`,
      country: 'DE',
      currency: 'EUR',
      timezone: 'Europe/Berlin',
    })
    const { externalCustomerId } = await billing.getOrCreateCustomer({ organizationId: id })
    accounts[n] = { organizationId: id, externalCustomerId }
  })
  // Far enough back that no event of a bench lies in the future.
  return { accounts, baseSeconds: Math.floor(Date.now() / 1000) - 100_000 }
}

async function makeSubscriptions(billing: Billing, fixture: Fixture): Promise<void> {
  const seconds = Math.floor(Date.now() / 1000)
  await inParallel(fixture.accounts.length, async (account) => {
    const body = JSON.stringify(firstEventOf(fixture, account))
    const headers = new Headers({ 'stripe-signature': signatureOf(body, webhookSecret, seconds) })
    await billing.receiveWebhook({ provider: 'stripe', rawBody: Buffer.from(body), headers })
  })
  await billing.runJobs()
}

async function inParallel(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}
