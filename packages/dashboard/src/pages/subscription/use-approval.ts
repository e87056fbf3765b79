import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { checkApproval } from '../../api.ts'
import { announce } from '../../flash.tsx'
import type { PendingChange, Subscription } from '../../objects.ts'
import { useCanChange } from '../../use-session.ts'

/** Whoever comes back from approving a change, or to the window it was left in, sees it without waiting for a webhook. */
export function useApproval({ id, pending_change }: Subscription): void {
  const client = useQueryClient()
  const canChange = useCanChange()
  const seen = useQuery({
    queryKey: ['approval', id],
    queryFn: () => checkApproval(id),
    enabled: canChange && pending_change?.outcome === 'requires_approval',
    // The webhook tells it, too: a look that fails is not worth a word.
    retry: false,
    staleTime: 0,
    gcTime: 0,
  })
  const isOver = pending_change !== null && seen.data?.pending_change === null
  const isApproved = isOver && seen.data !== undefined && isAsWished(seen.data, pending_change)
  useEffect(() => {
    if (!isOver) return
    if (isApproved) announce(client, { tone: 'good', text: 'Your plan has been changed.' })
    void client.invalidateQueries({ queryKey: ['subscription'] })
  }, [isOver, isApproved, client])
}

/** An offer is over, too, when nobody took it in time. */
const isAsWished = ({ price_id, quantity }: Subscription, { to_price_id, to_quantity }: PendingChange): boolean =>
  (to_price_id === null || to_price_id === price_id) && (to_quantity === null || to_quantity === quantity)
