import type { PauseSubscriptionInput, ResumeSubscriptionInput, SubscriptionChangeResult } from '../operation.ts'
import { bringAbout } from './bring-about.ts'
import type { PayPalClient } from './client.ts'
import { hasEnded } from './status.ts'
import { applied, readWithPlan, subscriptionEnded, unsupported } from './subscriptions.ts'
import { nothingWire } from './wire.ts'

export const isSuspended = ({ status }: { status: string }): boolean => status === 'SUSPENDED'
export const isRunning = ({ status }: { status: string }): boolean => status === 'ACTIVE'

/** `suspend`: nothing is charged until it is activated again, at whatever time that is. */
export async function pauseSubscription(
  client: PayPalClient,
  { externalSubscriptionId: id, kind, resumesAt }: PauseSubscriptionInput,
): Promise<SubscriptionChangeResult> {
  requireService(client.provider, kind)
  if (resumesAt !== undefined) {
    throw unsupported(
      client.provider,
      'PayPal resumes a paused subscription only when it is told to: leave the date out.',
    )
  }
  await requireLive(client, id)
  const wire = await bringAbout(client, id, {
    isDone: isSuspended,
    act: () => client.call('write', nothingWire, (api) => api.suspendSubscription({ id, body: { reason: 'Paused' } })),
  })
  return applied(client, wire)
}

/** What PayPal stopped because of unpaid money it refuses to resume (`payment_declined`): that has to be paid first. */
export async function resumeSubscription(
  client: PayPalClient,
  { externalSubscriptionId: id, kind }: ResumeSubscriptionInput,
): Promise<SubscriptionChangeResult> {
  requireService(client.provider, kind)
  await requireLive(client, id)
  const wire = await bringAbout(client, id, {
    isDone: isRunning,
    act: () =>
      client.call('write', nothingWire, (api) => api.activateSubscription({ id, body: { reason: 'Resumed' } })),
  })
  return applied(client, wire)
}

function requireService(provider: string, kind: PauseSubscriptionInput['kind']): void {
  if (kind !== 'service') throw unsupported(provider, 'PayPal has no pause that lets the product go on.')
}

async function requireLive(client: PayPalClient, id: string): Promise<void> {
  if (hasEnded(await readWithPlan(client, id))) throw subscriptionEnded(client.provider, id)
}
