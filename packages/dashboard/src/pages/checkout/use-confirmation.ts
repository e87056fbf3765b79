import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { findCurrentSubscription, getCheckoutSession } from '../../api.ts'
import type { CheckoutSession } from '../../objects.ts'
import { pendingCheckout } from './pending-checkout.ts'

const pollMs = 1_000
const slowPollMs = 10_000
const patienceMs = 30_000

/**
 * Asks what became of the checkout. The API looks the session up at the provider, so the answer does not wait
 * for a webhook. In another browser the session's id is not known: there the subscription itself is the answer.
 */
async function askOutcome(): Promise<CheckoutSession['status']> {
  const sessionId = pendingCheckout.find()
  if (sessionId) return (await getCheckoutSession(sessionId)).status
  const subscription = await findCurrentSubscription()
  return subscription?.access.allowed ? 'complete' : 'processing'
}

/** Asks every second; after half a minute `isLate`, and every ten seconds until the customer asks again. */
export function useConfirmation() {
  const [isLate, setIsLate] = useState(false)
  const outcome = useQuery({
    queryKey: ['checkout'],
    queryFn: askOutcome,
    retry: false,
    gcTime: 0,
    refetchInterval: ({ state }) => {
      if (state.data === 'complete' || state.data === 'expired') return false
      return isLate ? slowPollMs : pollMs
    },
  })
  useEffect(() => {
    if (isLate) return
    const timer = setTimeout(() => setIsLate(true), patienceMs)
    return () => clearTimeout(timer)
  }, [isLate])
  const askAgain = () => {
    setIsLate(false)
    return outcome.refetch()
  }
  return { status: outcome.data, error: outcome.error, isLate, askAgain }
}
