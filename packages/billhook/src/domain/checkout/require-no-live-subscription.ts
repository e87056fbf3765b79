import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import { findLiveSubscription } from '../sync/index.ts'
import { findPayUrl } from './store.ts'

const advice: Record<string, string> = {
  past_due: 'Pay the open invoice or give another card instead.',
  unpaid: 'Pay the open invoice or give another card instead.',
  paused: 'Resume it instead.',
}

/**
 * One live subscription for each product line: whoever owes or pauses is sent to mend that one, never sold a second.
 * Error: `subscription_exists` (409) with `subscription_id`, `subscription_status` and `next_url`.
 */
export async function requireNoLiveSubscription(
  ctx: Context,
  scope: OrganizationScope,
  productLine: string,
): Promise<void> {
  const live = await findLiveSubscription(scope, productLine)
  if (!live) return
  const payUrl = live.status === 'past_due' || live.status === 'unpaid' ? await findPayUrl(scope, live.id) : null
  throw conflict(
    'subscription_exists',
    `The organization has a subscription of "${productLine}" that is ${live.status}. ${advice[live.status] ?? 'Change its plan instead.'}`,
    {
      subscription_id: live.id,
      subscription_status: live.status,
      next_url: payUrl ?? `${ctx.settings.baseUrl}/portal/`,
    },
  )
}
