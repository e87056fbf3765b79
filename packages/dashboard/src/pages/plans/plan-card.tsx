import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatMoney } from '../../money.ts'
import type { Plan, Price } from '../../objects.ts'
import { Card } from '../../ui/card.tsx'
import { formatCount, fromKey, intervalWords, locale } from '../../words.ts'
import { yearlySavingPercent } from './price-choice.ts'

export function PlanCard({ plan, price, action }: { plan: Plan; price: Price | undefined; action: ReactNode }) {
  return (
    <Card className="flex h-full flex-col p-6">
      <h2 className="text-base font-semibold tracking-tight">{plan.name}</h2>
      <p className="mt-1.5 text-sm leading-6 text-muted sm:min-h-12">{plan.description}</p>
      <PriceTag plan={plan} price={price} />
      <div className="mt-6 flex flex-col">{action}</div>
      <Contents plan={plan} />
    </Card>
  )
}

function PriceTag({ plan, price }: { plan: Plan; price: Price | undefined }) {
  const isFree = !price || price.amount === 0
  const saving = price ? yearlySavingPercent(plan, price) : 0
  const notes = [
    price?.trial_days ? `${price.trial_days} days free` : '',
    saving > 0 ? `Save ${saving}% over monthly` : '',
  ].filter(Boolean)
  return (
    <div className="mt-5">
      <p className="flex flex-wrap items-baseline gap-x-1.5">
        <span className="text-[2rem] leading-10 font-semibold tracking-tight tabular-nums">
          {isFree ? 'Free' : formatMoney(price.amount, price.currency, locale, true)}
        </span>
        {!isFree && <span className="text-sm text-muted">per {intervalWords(price)}</span>}
      </p>
      <p className="mt-1 min-h-5 text-sm text-accent-text">{notes.join(' · ')}</p>
    </div>
  )
}

/** Limits as a name and its number, since a key gives no singular ("1 seats"); then the features included. */
function Contents({ plan }: { plan: Plan }) {
  const limits = Object.entries(plan.limits)
  const features = Object.entries(plan.features).filter(([, isIncluded]) => isIncluded)
  return (
    <ul className="mt-6 space-y-3 border-t border-line pt-6 text-sm empty:hidden">
      {limits.map(([key, limit]) => (
        <Item key={key} name={fromKey(key)} amount={limitWords(limit)} />
      ))}
      {features.map(([key]) => (
        <Item key={key} name={fromKey(key)} />
      ))}
    </ul>
  )
}

function limitWords(limit: Plan['limits'][string]): string {
  const { limit: amount, per } = typeof limit === 'object' && limit !== null ? limit : { limit, per: undefined }
  if (amount === null) return 'Unlimited'
  return per === 'unit' ? `${formatCount(amount)} each` : formatCount(amount)
}

function Item({ name, amount }: { name: string; amount?: string }) {
  return (
    <li className="flex gap-2.5">
      <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-accent-text" />
      <span className="flex-1">{name}</span>
      {amount && <span className="text-muted tabular-nums">{amount}</span>}
    </li>
  )
}
