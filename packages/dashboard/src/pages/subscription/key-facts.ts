import type { Subscription } from '../../objects.ts'

interface Fact {
  term: string
  text: string
}

/** What a customer looks for first: what happens next and when, whether there is access, who takes the payments. */
export function keyFacts(subscription: Subscription, provider: string, day: (at: string) => string): Fact[] {
  const facts = [nextStep(subscription, day), accessFact(subscription, day)]
  if (subscription.status === 'trialing' && subscription.trial_end && subscription.cancel_at_period_end === false) {
    facts.unshift({ term: 'Trial ends', text: day(subscription.trial_end) })
  }
  facts.push({ term: 'Payment provider', text: provider })
  return facts.filter((fact) => fact !== undefined)
}

function nextStep(subscription: Subscription, day: (at: string) => string): Fact | undefined {
  const { status, cancel_at_period_end, cancel_at, ended_at, current_period_end, access } = subscription
  if (status === 'canceled' || status === 'incomplete_expired') {
    return ended_at ? { term: 'Ended on', text: day(ended_at) } : undefined
  }
  if (cancel_at_period_end) {
    const end = cancel_at ?? current_period_end ?? access.until
    return { term: 'Ends on', text: end ? day(end) : 'The end of this period' }
  }
  if (status === 'paused' || status === 'incomplete' || !current_period_end) return undefined
  return { term: status === 'trialing' ? 'First payment' : 'Next renewal', text: day(current_period_end) }
}

/** An end of access is said only where it is one: with a renewal to come, `until` is just the renewal. */
function accessFact({ status, cancel_at_period_end, access }: Subscription, day: (at: string) => string): Fact {
  if (!access.allowed) return { term: 'Access', text: 'None at the moment' }
  const isEnding = cancel_at_period_end || (status !== 'active' && status !== 'trialing')
  return { term: 'Access', text: isEnding && access.until ? `Full, until ${day(access.until)}` : 'Full' }
}
