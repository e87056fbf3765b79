import { useQueryClient } from '@tanstack/react-query'
import { type ManageInput, type ManageResult, manageSubscription } from '../../api.ts'
import { announce } from '../../flash.tsx'
import { useIntent } from '../../use-intent.ts'
import { formatDay } from '../../words.ts'

const done: Record<ManageInput['action'], string> = {
  cancel: 'Done. Your subscription ends with the current period and is not renewed.',
  reactivate: 'Your plan stays. It renews as before.',
  change_plan: 'Your plan has been changed.',
}

const outcomes: Record<
  ManageResult['outcome'],
  (result: ManageResult, input: ManageInput) => Parameters<typeof announce>[1]
> = {
  applied: (_result, { action }) => ({ tone: 'good', text: done[action] }),
  scheduled: ({ effective_at }, { action }) => ({
    tone: 'good',
    text:
      action === 'change_plan'
        ? `Your plan changes ${effective_at ? `on ${formatDay(effective_at)}` : 'when the current period ends'}.`
        : done[action],
  }),
  requires_approval: ({ approval_url }) => ({
    tone: 'warn',
    text: 'The payment provider asks you to approve this change. Until then nothing changes.',
    ...(approval_url && { link: { label: 'Approve the change', url: approval_url } }),
  }),
  pending_payment: () => ({ tone: 'info', text: 'The change takes effect as soon as its payment is confirmed.' }),
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
      announce(client, outcomes[result.outcome](result, input))
      onDone()
    },
  )
}
