import type { SandboxOptions } from '../../src/providers/sandbox/index.ts'
import { atProvider } from './at-provider.ts'
import { openShop, type Shop, selectRows } from './sandbox-shop.ts'
import { troubledSandbox } from './troubled-sandbox.ts'

export const periodEnd = new Date('2026-02-28T10:00:00Z')

/** A subscription from 31 January to 28 February at a provider that can only end at once. */
export async function subscribed(options: SandboxOptions = { without: ['scheduled_ends'] }, capture = false) {
  const { make, provider } = troubledSandbox(options)
  const shop = await openShop({ providers: { sandbox: make }, capture })
  const { organizationId } = shop
  const session = await shop.checkout()
  await shop.pay(session.url)
  await shop.settle()
  if (capture) await deliverAll(shop)
  const { id: subscriptionId, externalSubscriptionId } = await shop.current()
  const externalId = externalSubscriptionId ?? ''
  const target = { organizationId, subscriptionId }
  const manage = (body: object) =>
    shop.billing.call('POST', `/api/v1/subscriptions/${subscriptionId}/manage-subscription/`, {
      organization: 'acme',
      body,
    })
  return {
    shop,
    provider: provider(),
    externalId,
    target,
    manage,
    cancel: () => shop.billing.cancelSubscription({ ...target, atPeriodEnd: true }),
    reactivate: () => shop.billing.reactivateSubscription(target),
    there: () => provider().retrieveSubscription(externalId),
    atProvider: atProvider(provider()),
    /** Whole charges, as the provider counts them. */
    charges: async () =>
      (await provider().listInvoices({ externalSubscriptionId: externalId })).data.flatMap(
        ({ payments }) => payments ?? [],
      ).length,
    told: async () =>
      (await shop.events({ objectId: subscriptionId })).flatMap(({ type }) =>
        type.startsWith('subscription.') ? [type.replace('subscription.', '')] : [],
      ),
    alerts: () => selectRows(shop.billing, 'select kind, severity, resolved_at from billhook.alerts'),
    /** Time for look-ups, by the wall clock alone. */
    later: async (seconds: number) => {
      shop.billing.clock.advanceMs(seconds * 1000)
      await shop.billing.runJobs()
    },
  }
}

export async function deliverAll(shop: Shop): Promise<void> {
  for (const delivery of shop.deliveries.splice(0)) {
    await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
    await shop.billing.runJobs()
  }
}

export type Subscribed = Awaited<ReturnType<typeof subscribed>>
