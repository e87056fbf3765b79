import { useQueryClient } from '@tanstack/react-query'
import { payInvoice, updatePaymentMethod } from '../../api.ts'
import { announce } from '../../flash.tsx'
import type { Overview, PayResult } from '../../objects.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { useIntent } from '../../use-intent.ts'
import { useCanChange } from '../../use-session.ts'

const outcomes: Record<Exclude<PayResult['outcome'], 'requires_action'>, Parameters<typeof announce>[1]> = {
  paid: { tone: 'good', text: 'Thank you. Your payment went through.' },
  processing: { tone: 'info', text: 'Your payment is on its way. It will show here by itself.' },
  pending: {
    tone: 'info',
    text: 'The payment provider has not confirmed this yet. It will show here by itself; there is no need to repeat it.',
  },
}

/** How a debt is settled: the open invoice tried again, or another way to pay given first. */
export function useDebtActions({ subscription, invoices, actions }: Overview) {
  const client = useQueryClient()
  const canChange = useCanChange()
  // The oldest debt first: the list begins with the newest.
  const invoice = invoices.findLast(({ status, amount_remaining }) => status === 'open' && amount_remaining > 0)
  const pay = useIntent(
    (invoiceId: string, key) => payInvoice(invoiceId, key),
    async (result) => {
      if (result.outcome === 'requires_action') {
        if (result.url) window.location.assign(result.url)
        return
      }
      await client.invalidateQueries({ queryKey: ['subscription'] })
      announce(client, outcomes[result.outcome])
    },
  )
  const update = useIntent(
    (subscriptionId: string, key) => updatePaymentMethod(subscriptionId, window.location.href, key),
    ({ url }) => window.location.assign(url),
  )
  return {
    pay,
    update,
    error: pay.error ?? update.error,
    payable: canChange && actions.includes('pay_invoice') ? invoice : undefined,
    updatable: canChange && actions.includes('update_payment_method') ? subscription : null,
  }
}

export type DebtActions = ReturnType<typeof useDebtActions>

export function DebtButtons({ pay, update, payable, updatable }: DebtActions) {
  if (!payable && !updatable) return null
  const isBusy = pay.isPending || update.isPending
  return (
    <div className="flex flex-wrap gap-3">
      {payable && (
        <Button look="primary" isBusy={pay.isPending} disabled={isBusy} onClick={() => pay.mutate(payable.id)}>
          Pay now
        </Button>
      )}
      {updatable && (
        <Button isBusy={update.isPending} disabled={isBusy} onClick={() => update.mutate(updatable.id)}>
          Change payment method
        </Button>
      )}
    </div>
  )
}

export function DebtError({ error }: DebtActions) {
  return error ? <ErrorNotice error={error} className="mb-8" /> : null
}
