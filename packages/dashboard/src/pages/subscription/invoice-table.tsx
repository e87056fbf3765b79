import { formatMoney } from '../../money.ts'
import type { Invoice } from '../../objects.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { formatDay, invoiceStatuses, locale } from '../../words.ts'

const cell = 'px-2 py-4 whitespace-nowrap first:pl-5 last:pr-5 sm:px-3 sm:first:pl-8 sm:last:pr-8'
const wide = 'hidden sm:table-cell'

export function InvoiceTable({ invoices, timeZone }: { invoices: Invoice[]; timeZone?: string }) {
  if (invoices.length === 0) {
    return <Card className="p-6 text-sm text-muted sm:p-8">Your invoices will be listed here.</Card>
  }
  return (
    <Card className="overflow-hidden">
      <table className="w-full text-left text-sm">
        <thead className="border-b border-line text-xs text-muted">
          <tr className="*:py-3 *:font-medium">
            <th className={cell}>Invoice</th>
            <th className={`${cell} ${wide}`}>Date</th>
            <th className={`${cell} text-right`}>Amount</th>
            <th className={`${cell} ${wide} text-right`}>Paid</th>
            <th className={`${cell} text-right sm:w-40`}>Status</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {invoices.map((invoice) => (
            <InvoiceRow key={invoice.id} invoice={invoice} timeZone={timeZone} />
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function InvoiceRow({ invoice, timeZone }: { invoice: Invoice; timeZone?: string }) {
  const at = invoice.period_start ?? invoice.due_at ?? invoice.paid_at
  const day = at ? formatDay(at, timeZone, 'short') : '–'
  const money = (amountMinor: number) => formatMoney(amountMinor, invoice.currency, locale)
  const { label, tone } = invoiceStatuses[invoice.status]
  return (
    <tr>
      <th scope="row" className={`${cell} font-medium`}>
        {/* Our own ids are long; their end is what tells two of them apart. */}
        {invoice.number ?? <span title={invoice.id}>…{invoice.id.slice(-8)}</span>}
        <span className="mt-0.5 block text-xs font-normal text-muted sm:hidden">{day}</span>
      </th>
      <td className={`${cell} ${wide} text-muted`}>{day}</td>
      <td className={`${cell} text-right tabular-nums`}>
        {money(invoice.total)}
        {invoice.amount_refunded > 0 && (
          <span className="block text-xs text-muted">{money(invoice.amount_refunded)} refunded</span>
        )}
      </td>
      <td className={`${cell} ${wide} text-right text-muted tabular-nums`}>{money(invoice.amount_paid)}</td>
      <td className={`${cell} text-right`}>
        <Badge label={label} tone={tone} />
      </td>
    </tr>
  )
}
