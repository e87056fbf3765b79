import { formatMoney } from '../../money.ts'
import type { UsageLine } from '../../objects.ts'
import { Card } from '../../ui/card.tsx'
import { formatCount, formatDay, fromKey, locale } from '../../words.ts'

const cell = 'px-2 py-4 first:pl-5 last:pr-5 sm:px-3 sm:first:pl-8 sm:last:pr-8'

/** What was used and costs by use, period by period. */
export function UsageTable({ lines, timeZone }: { lines: UsageLine[]; timeZone?: string }) {
  return (
    <Card className="overflow-hidden">
      <table className="w-full text-left text-sm">
        <thead className="border-b border-line text-xs text-muted">
          <tr className="*:py-3 *:font-medium">
            <th className={cell}>Used</th>
            <th className={cell}>Since</th>
            <th className={`${cell} text-right`}>Quantity</th>
            <th className={`${cell} text-right`}>Amount</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {lines.map((line) => (
            <UsageRow key={`${line.price_id} ${line.period_start}`} line={line} timeZone={timeZone} />
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function UsageRow({ line, timeZone }: { line: UsageLine; timeZone?: string }) {
  return (
    <tr>
      <th scope="row" className={`${cell} font-medium`}>
        {fromKey(line.meter)}
      </th>
      <td className={`${cell} text-muted`}>{formatDay(line.period_start, timeZone, 'short')}</td>
      <td className={`${cell} text-right tabular-nums`}>{formatCount(Number(line.quantity))}</td>
      <td className={`${cell} text-right tabular-nums`}>
        {formatMoney(line.amount, line.currency, locale)}
        {line.billing === 'unbilled' && <span className="block text-xs text-muted">not billed</span>}
      </td>
    </tr>
  )
}
