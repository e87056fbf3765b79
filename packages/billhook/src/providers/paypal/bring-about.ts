import type { PayPalClient } from './client.ts'
import { issuesOf, unreadableAnswer } from './errors.ts'
import type { SubscriptionWithPlan } from './normalize-subscription.ts'
import { readAfterWrite, readWithPlan } from './subscriptions.ts'

/** A state that a subscription is to be in, and the call that brings it there. */
export interface WantedState {
  isDone(wire: SubscriptionWithPlan): boolean
  act(): Promise<unknown>
}

/**
 * Suspend, activate and cancel take no request id, and PayPal refuses them in the state they lead to: so it is looked at before and after,
 * and what holds already is a success.
 */
export async function bringAbout(client: PayPalClient, id: string, wanted: WantedState): Promise<SubscriptionWithPlan> {
  const before = await readWithPlan(client, id)
  if (wanted.isDone(before)) return before
  try {
    await wanted.act()
  } catch (error) {
    if (!issuesOf(error).includes('SUBSCRIPTION_STATUS_INVALID')) throw error
    // Somebody else was faster, or the state does not allow it.
    const now = await readWithPlan(client, id)
    if (wanted.isDone(now)) return now
    throw error
  }
  const after = await readAfterWrite(client, id)
  if (wanted.isDone(after)) return after
  throw unreadableAnswer(client.provider, 'write', new Error(`the subscription is still ${after.status}`))
}
