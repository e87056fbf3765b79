import type {
  ChargeData,
  CheckoutSessionData,
  InvoiceData,
  ProviderEvent,
  SubscriptionData,
} from '../../../providers/provider.ts'
import { demandEqual } from '../expectation.ts'
import type { ContractSteps } from '../steps.ts'

export type ToldSnapshot =
  | { of: 'checkout'; id: string; data: CheckoutSessionData }
  | { of: 'subscription'; id: string; data: SubscriptionData }
  | { of: 'invoice'; id: string; data: InvoiceData }
  | { of: 'charge'; id: string; data: ChargeData }

/** The newest complete snapshot of each object; of one instant the last that came. */
export function latestSnapshots(events: readonly ProviderEvent[]): ToldSnapshot[] {
  const latest = new Map<string, { observedAt: Date; told: ToldSnapshot }>()
  for (const event of events) {
    const told = snapshotOf(event)
    if (told === null || event.kind === 'ignored') continue
    const known = latest.get(told.id)
    if (!known || known.observedAt <= event.observedAt) latest.set(told.id, { observedAt: event.observedAt, told })
  }
  return [...latest.values()].map(({ told }) => told)
}

function snapshotOf(event: ProviderEvent): ToldSnapshot | null {
  if (event.kind === 'ignored' || event.reread || !event.snapshot) return null
  const { snapshot } = event
  if ('externalInvoiceId' in snapshot && 'lines' in snapshot) {
    return { of: 'invoice', id: snapshot.externalInvoiceId, data: snapshot }
  }
  if ('attemptedAt' in snapshot) return { of: 'charge', id: snapshot.externalPaymentId, data: snapshot }
  if ('externalSessionId' in snapshot) return { of: 'checkout', id: snapshot.externalSessionId, data: snapshot }
  if ('items' in snapshot) return { of: 'subscription', id: snapshot.externalSubscriptionId, data: snapshot }
  return null
}

export async function demandAsRead(steps: ContractSteps, { of, id, data }: ToldSnapshot): Promise<void> {
  const { provider } = steps
  const what = `the ${of} told by a webhook, against the one that is read`
  if (of === 'checkout') return demandEqual(data, await provider.retrieveCheckoutSession(id), what)
  if (of === 'subscription') return demandEqual(data, await provider.retrieveSubscription(id), what)
  if (of === 'charge') {
    const listed = await steps.charges(data.externalSubscriptionId)
    return demandEqual(
      data,
      listed.find(({ externalPaymentId }) => externalPaymentId === id),
      what,
    )
  }
  const read = await provider.retrieveInvoice(id)
  // An event that shows no payments says nothing about them.
  demandEqual(data, data.payments === null ? { ...read, payments: null } : read, what)
}
