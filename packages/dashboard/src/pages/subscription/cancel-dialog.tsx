import type { Subscription } from '../../objects.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { formatDay } from '../../words.ts'
import { useManage } from './use-manage.ts'

interface CancelDialogProps {
  subscription: Subscription
  planName: string
  timeZone?: string
  onClose: () => void
}

export function CancelDialog({ subscription, planName, timeZone, onClose }: CancelDialogProps) {
  const cancel = useManage(subscription.id, onClose)
  const end = subscription.current_period_end
  return (
    <Dialog
      title={`Cancel ${planName}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep my plan</Button>
          <Button
            look="danger"
            isBusy={cancel.isPending}
            onClick={() => cancel.mutate({ action: 'cancel', at_period_end: true })}
          >
            Cancel subscription
          </Button>
        </>
      }
    >
      <p>
        {subscription.access.allowed
          ? `You keep full access until ${end ? formatDay(end, timeZone) : 'the end of the period you have paid for'}. `
          : ''}
        After that the subscription ends and you are not charged again.
      </p>
      <p>You can change your mind until then and keep your plan.</p>
      {cancel.error && <ErrorNotice error={cancel.error} />}
    </Dialog>
  )
}
