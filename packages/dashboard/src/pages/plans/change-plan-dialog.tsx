import type { Plan, Price, Subscription } from '../../api.ts'
import { navigate } from '../../location.ts'
import { formatMoney } from '../../money.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { intervalWords, locale } from '../../words.ts'
import { useManage } from '../subscription/use-manage.ts'

interface ChangePlanDialogProps {
  plan: Plan
  price: Price
  subscription: Subscription
  onClose: () => void
}

export function ChangePlanDialog({ plan, price, subscription, onClose }: ChangePlanDialogProps) {
  const change = useManage(subscription.id, () => navigate('home'))
  const amount = formatMoney(price.amount * subscription.quantity, price.currency, locale)
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
            onClick={() => change.mutate({ action: 'change_plan', price_id: price.id, proration: 'next_invoice' })}
          >
            Confirm change
          </Button>
        </>
      }
    >
      <p>
        {plan.name} is <strong className="font-semibold text-ink">{amount}</strong> per {intervalWords(price)}. The
        difference for the rest of the current period is settled on your next invoice.
      </p>
      {change.error && <ErrorNotice error={change.error} />}
    </Dialog>
  )
}
