import { formatMoney } from '../../money.ts'
import type { Plan, Price, Subscription } from '../../objects.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { formatCount, formatDay, intervalWords, locale, subscriptionStatuses } from '../../words.ts'
import { keyFacts } from './key-facts.ts'
import { SubscriptionActions } from './subscription-actions.tsx'
import { useProviderName } from './use-provider-name.ts'

interface SubscriptionCardProps {
  subscription: Subscription
  plan: Plan | null
  timeZone?: string
}

export function SubscriptionCard({ subscription, plan, timeZone }: SubscriptionCardProps) {
  const { label, tone } = subscriptionStatuses[subscription.status]
  const price = plan?.prices.find(({ id }) => id === subscription.price_id)
  const provider = useProviderName(subscription.provider)
  const planName = plan?.name ?? 'Your plan'
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-4 p-6 sm:p-8">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
            <h2 className="text-xl font-semibold tracking-tight">{planName}</h2>
            <Badge label={label} tone={tone} />
            {subscription.cancel_at_period_end && subscription.status !== 'canceled' && (
              <Badge label="Will not renew" tone="warn" />
            )}
          </div>
          {plan?.description && <p className="mt-2 max-w-md text-sm leading-relaxed text-muted">{plan.description}</p>}
        </div>
        {price && <CurrentPrice price={price} quantity={subscription.quantity} />}
      </div>
      <dl className="grid gap-x-8 gap-y-6 border-t border-line px-6 py-6 sm:grid-cols-3 sm:px-8">
        {keyFacts(subscription, provider, (at) => formatDay(at, timeZone)).map(({ term, text }) => (
          <div key={term}>
            <dt className="text-sm text-muted">{term}</dt>
            <dd className="mt-1 text-sm font-medium">{text}</dd>
          </div>
        ))}
      </dl>
      <SubscriptionActions subscription={subscription} planName={planName} timeZone={timeZone} />
    </Card>
  )
}

function CurrentPrice({ price, quantity }: { price: Price; quantity: number }) {
  return (
    <div className="sm:text-right">
      <p className="flex items-baseline gap-1.5 sm:justify-end">
        <span className="text-2xl font-semibold tracking-tight tabular-nums">
          {formatMoney(price.amount * quantity, price.currency, locale)}
        </span>
        <span className="text-sm text-muted">per {intervalWords(price)}</span>
      </p>
      {quantity > 1 && (
        <p className="mt-1 text-sm text-muted">
          {formatCount(quantity)} × {formatMoney(price.amount, price.currency, locale)}
        </p>
      )}
    </div>
  )
}
