import { invalidRequest } from './api-error.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import type { Subscription } from './objects.ts'

const daySeconds = 86_400

/** The end of a trial that a request asks for, or null for none. */
export function trialEndOf(context: EmulatorContext, days: number | null, end: number | null): number | null {
  const now = context.clock.seconds()
  if (days !== null && end !== null) {
    throw invalidRequest('You may only specify one of these parameters: trial_end, trial_period_days.', {
      code: 'parameters_exclusive',
      param: 'trial_end',
    })
  }
  if (days !== null && (days < 1 || days > 730)) {
    throw invalidRequest('The trial period must be from 1 to 730 days.', { param: 'trial_period_days' })
  }
  if (end !== null && end <= now)
    throw invalidRequest('Invalid timestamp: must be in the future.', { param: 'trial_end' })
  return days === null ? end : now + days * daySeconds
}

/** Refuses a wrong `trial_end` before anything is changed. */
export function checkTrialEnd(context: EmulatorContext, params: FormReader): void {
  if (params.text('trial_end') !== 'now') trialEndOf(context, null, params.integer('trial_end'))
}

/** `trial_end` on an update: a time moves the trial's end, `now` ends it. True when its first paid period is due. */
export function changeTrial(context: EmulatorContext, subscription: Subscription, params: FormReader): boolean {
  const given = params.text('trial_end')
  if (given === null) return false
  const now = context.clock.seconds()
  const end = given === 'now' ? now : trialEndOf(context, null, params.integer('trial_end'))
  if (given === 'now' && subscription.status !== 'trialing') return false
  subscription.trial_end = end
  subscription.trial_start ??= now
  subscription.billing_cycle_anchor = end ?? now
  for (const item of subscription.items.data) item.current_period_end = end ?? now
  if (given === 'now') return true
  subscription.status = 'trialing'
  context.state.trialsAnnounced.delete(subscription.id)
  return false
}
