import clsx from 'clsx'
import { Check, Minus } from 'lucide-react'
import type { Entitlement } from '../../objects.ts'
import { Card } from '../../ui/card.tsx'
import { formatCount, formatDay, fromKey } from '../../words.ts'

const isCounted = ({ limit, used }: Entitlement) => limit !== null || used !== null

/** Limits with how much of them is used first, then what is simply there or not. */
export function EntitlementList({ entitlements, timeZone }: { entitlements: Entitlement[]; timeZone?: string }) {
  const counted = entitlements.filter(isCounted)
  const others = entitlements.filter((entitlement) => !isCounted(entitlement))
  return (
    <Card className="divide-y divide-line">
      {counted.length > 0 && (
        <ul className="grid gap-x-12 gap-y-7 p-6 sm:grid-cols-2 sm:p-8">
          {counted.map((entitlement) => (
            <Limit key={entitlement.feature} entitlement={entitlement} timeZone={timeZone} />
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <ul className="grid gap-x-12 gap-y-3.5 p-6 text-sm sm:grid-cols-2 sm:p-8">
          {others.map((entitlement) => (
            <Feature key={entitlement.feature} entitlement={entitlement} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function Limit({ entitlement, timeZone }: { entitlement: Entitlement; timeZone?: string }) {
  const { feature, limit, used, resets_at } = entitlement
  const isUsedUp = limit !== null && used !== null && used >= limit
  return (
    <li>
      <p className="flex items-baseline justify-between gap-4 text-sm">
        <span className="font-medium">{fromKey(feature)}</span>
        <span className="text-muted tabular-nums">{usageWords(limit, used)}</span>
      </p>
      {limit !== null && used !== null && <Bar share={limit > 0 ? used / limit : 1} isUsedUp={isUsedUp} />}
      {resets_at && <p className="mt-2 text-xs text-muted">Starts again on {formatDay(resets_at, timeZone)}</p>}
    </li>
  )
}

function usageWords(limit: number | null, used: number | null): string {
  if (limit === null) return `${formatCount(used ?? 0)} used, no limit`
  return used === null ? `Up to ${formatCount(limit)}` : `${formatCount(used)} of ${formatCount(limit)}`
}

/** The numbers beside it say it all; an SVG, since its width is an attribute and no inline style. */
function Bar({ share, isUsedUp }: { share: number; isUsedUp: boolean }) {
  return (
    <svg aria-hidden className="mt-2.5 h-1.5 w-full overflow-hidden rounded-full bg-sunken">
      <rect
        width={`${Math.min(1, Math.max(0, share)) * 100}%`}
        height="100%"
        rx="3"
        className={isUsedUp ? 'fill-warn' : 'fill-accent'}
      />
    </svg>
  )
}

function Feature({ entitlement: { feature, allowed } }: { entitlement: Entitlement }) {
  const Icon = allowed ? Check : Minus
  return (
    <li className={clsx('flex gap-2.5', !allowed && 'text-muted')}>
      <Icon aria-hidden className={clsx('mt-0.5 size-4 shrink-0', allowed && 'text-accent-text')} />
      <span>
        {fromKey(feature)}
        {!allowed && <span className="sr-only"> (not included)</span>}
      </span>
    </li>
  )
}
