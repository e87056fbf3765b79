import type { SubscriptionData } from '../../snapshots.ts'
import { normalizeSubscription, readSubscription } from '../normalize-subscription.ts'
import type { PlanTerms } from '../wire.ts'
import { planWire } from '../wire.ts'

/** Objects as PayPal writes them, short of what this adapter does not read. */

export const euros = (value: string) => ({ currency_code: 'EUR', value })

interface PlanOptions {
  unit?: 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'
  count?: number
  threshold?: number
  more?: object
}

export const monthly = ({ unit = 'MONTH', count = 1, threshold = 2, more = {} }: PlanOptions = {}) => ({
  billing_cycles: [
    {
      ...{ tenure_type: 'REGULAR', sequence: 1, total_cycles: 0 },
      frequency: { interval_unit: unit, interval_count: count },
      pricing_scheme: { fixed_price: euros('49.0') },
    },
  ],
  payment_preferences: { payment_failure_threshold: threshold },
  taxes: { percentage: '0', inclusive: false },
  ...more,
})

/** Fourteen days free before the months begin. */
export const withTrialCycle = () => ({
  billing_cycles: [
    {
      ...{ tenure_type: 'TRIAL', sequence: 1, total_cycles: 1 },
      frequency: { interval_unit: 'DAY', interval_count: 14 },
    },
    ...monthly().billing_cycles.map((cycle) => ({ ...cycle, sequence: 2 })),
  ],
})

export const planTerms = (plan: object): PlanTerms => planWire.parse({ id: 'P-1', ...plan })

interface SubscriptionOptions {
  plan?: object
  info?: object
  completed?: number
  more?: object
}

/** Approved on 31 January at 12:34, next charged on 28 February at the hour at which PayPal charges. */
export function subscriptionJson({ plan = monthly(), info = {}, completed = 1, more = {} }: SubscriptionOptions = {}) {
  return {
    ...{ id: 'I-1', plan_id: 'P-1', status: 'ACTIVE', quantity: '1', custom_id: 'bh:o=bhorg_1,c=bhcs_1' },
    ...{ start_time: '2026-01-31T12:34:56Z', create_time: '2026-01-31T12:40:00Z', update_time: '2026-01-31T12:41:00Z' },
    status_update_time: '2026-01-31T12:41:00Z',
    billing_info: {
      ...{ outstanding_balance: euros('0.0'), failed_payments_count: 0, next_billing_time: '2026-02-28T10:00:00Z' },
      cycle_executions: [{ tenure_type: 'REGULAR', sequence: 1, cycles_completed: completed, total_cycles: 0 }],
      last_payment: { amount: euros('49.0'), time: '2026-01-31T12:41:00Z' },
      ...info,
    },
    plan,
    links: [],
    ...more,
  }
}

export function normalized(options: SubscriptionOptions = {}): SubscriptionData {
  const wire = readSubscription(subscriptionJson(options))
  return normalizeSubscription({ ...wire, plan: planTerms(options.plan ?? monthly()) })
}
