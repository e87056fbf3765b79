import { useQueryClient } from '@tanstack/react-query'
import { manageSubscription } from '../../api.ts'
import { announce } from '../../flash.tsx'
import type { ManageInput, ManageResult } from '../../objects.ts'
import { useIntent } from '../../use-intent.ts'

const done: Record<ManageInput['action'], string> = {
  cancel: 'Done. Your subscription ends with the current period and is not renewed.',
  reactivate: 'Your plan stays. It renews as before.',
  change_plan: 'Your plan has been changed.',
}

const outcomes: Record<ManageResult['outcome'], (input: ManageInput) => Parameters<typeof announce>[1]> = {
  applied: ({ action }) => ({ tone: 'good', text: done[action] }),
  // What is not real yet is shown as the subscription's pending change.
  scheduled: () => null,
  requires_approval: () => null,
  pending_payment: () => null,
  pending: () => ({
    tone: 'info',
    text: 'The payment provider has not confirmed this yet. It will show here by itself; there is no need to repeat it.',
  }),
}

/** Changes the subscription; `onDone` runs after what the page shows has been read anew. */
export function useManage(subscriptionId: string, onDone: () => void) {
  const client = useQueryClient()
  return useIntent(
    (input: ManageInput, key) => manageSubscription(subscriptionId, input, key),
    async (result, input) => {
      await client.invalidateQueries({ queryKey: ['subscription'] })
      announce(client, outcomes[result.outcome](input))
      onDone()
    },
  )
}
