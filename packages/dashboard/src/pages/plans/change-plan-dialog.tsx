import { useQuery } from '@tanstack/react-query'
import { navigate, views } from '../../location.ts'
import { formatMoney } from '../../money.ts'
import type { ChangePreview, ManageInput, Plan, Price, Subscription } from '../../objects.ts'
import { queries } from '../../queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { formatDay, intervalWords, locale } from '../../words.ts'
import { useManage } from '../subscription/use-manage.ts'

interface ChangePlanDialogProps {
  plan: Plan
  price: Price
  subscription: Subscription
  onClose: () => void
}

export function ChangePlanDialog({ plan, price, subscription, onClose }: ChangePlanDialogProps) {
  const change = useManage(subscription.id, () => navigate('home'))
  const preview = useQuery(queries.change(subscription.id, price.id))
  const amount = formatMoney(price.amount * subscription.quantity, price.currency, locale)
  const wanted: ManageInput = {
    action: 'change_plan',
    price_id: price.id,
    return_url: new URL(views.home, window.location.href).href,
    ...(preview.data && { preview_id: preview.data.preview_id }),
  }
  return (
    <Dialog
      title={plan.id === subscription.plan_id ? `Pay every ${intervalWords(price)}?` : `Switch to ${plan.name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button
            look="primary"
            isBusy={change.isPending}
            disabled={preview.isPending}
            onClick={() => change.mutate(wanted)}
          >
            Confirm change
          </Button>
        </>
      }
    >
      <p>
        {plan.name} is <strong className="font-semibold text-ink">{amount}</strong> per {intervalWords(price)}.{' '}
        {preview.isPending ? 'Looking up what the change costs…' : preview.data ? cost(preview.data) : unknownCost}
      </p>
      {change.error && <ErrorNotice error={change.error} />}
    </Dialog>
  )
}

const unknownCost = 'What the rest of the current period is worth is settled by the payment provider.'

function cost({ currency, due_now, next_charge }: ChangePreview): string {
  const today = due_now > 0 ? `${formatMoney(due_now, currency, locale)} is due today.` : 'Nothing is due today.'
  if (!next_charge) return today
  return `${today} The next charge is ${formatMoney(next_charge.amount, currency, locale)} on ${formatDay(next_charge.at)}.`
}
