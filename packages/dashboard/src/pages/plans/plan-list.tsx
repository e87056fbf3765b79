import type { ReactNode } from 'react'
import type { Plan, Price } from '../../objects.ts'
import { Choice } from '../../ui/choice.tsx'
import { PlanCard } from './plan-card.tsx'
import { usePriceChoice } from './price-choice.ts'

interface PlanListProps {
  plans: Plan[]
  /** The price to start from, where the organization has one. */
  preferred?: Price
  action: (plan: Plan, price: Price | undefined) => ReactNode
}

/** The plans side by side, with one choice of interval (and currency) for all of them. */
export function PlanList({ plans, preferred, action }: PlanListProps) {
  const choice = usePriceChoice(plans, preferred)
  return (
    <>
      <div className="mb-6 flex flex-wrap gap-3 empty:hidden">
        {choice.intervals.length > 1 && (
          <Choice
            legend="Billing interval"
            name="interval"
            options={choice.intervals}
            value={choice.interval}
            onChange={choice.setInterval}
          />
        )}
        {choice.currencies.length > 1 && (
          <Choice
            legend="Currency"
            name="currency"
            options={choice.currencies}
            value={choice.currency}
            onChange={choice.setCurrency}
          />
        )}
      </div>
      <ul className="grid gap-5 sm:grid-cols-2 lg:grid-cols-3">
        {plans.map((plan) => {
          const price = choice.priceOf(plan)
          return (
            <li key={plan.id}>
              <PlanCard plan={plan} price={price} action={action(plan, price)} />
            </li>
          )
        })}
      </ul>
    </>
  )
}
