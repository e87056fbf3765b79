import { applyPublishedPrice } from '../domain/catalog/index.ts'
import { applyCreatedSession, applyExpiredSession, giveUpLostSession } from '../domain/checkout/index.ts'
import { applyPublishedCoupon } from '../domain/coupons/index.ts'
import { applyCreatedCustomer } from '../domain/customers/index.ts'
import { applyPaidInvoice } from '../domain/invoices/index.ts'
import { claimDueOperations, operationLeaseMs, type Settlement, settleOperation } from '../domain/operations/index.ts'
import { applyRefunded } from '../domain/refunds/index.ts'
import {
  applyCanceled,
  applyPaused,
  applyReactivated,
  applyResumed,
  applyUpdated,
} from '../domain/subscriptions/index.ts'
import { applyReportedUsage } from '../domain/usage-reports/index.ts'
import type { Job } from './job.ts'

const applied: Settlement['applied'] = {
  create_customer: applyCreatedCustomer,
  create_checkout_session: applyCreatedSession,
  expire_checkout_session: applyExpiredSession,
  cancel_subscription: applyCanceled,
  reactivate_subscription: applyReactivated,
  update_subscription: applyUpdated,
  pause_subscription: applyPaused,
  resume_subscription: applyResumed,
  create_refund: applyRefunded,
  pay_invoice: applyPaidInvoice,
  publish_price: applyPublishedPrice,
  publish_coupon: applyPublishedCoupon,
  report_usage: applyReportedUsage,
}

const settlement: Settlement = { applied, notDone: { create_checkout_session: giveUpLostSession } }

/** Calls whose answer never came: what became of them is looked up. */
export const settleOperations: Job = {
  name: 'settle-operations',
  everyMs: 2_000,
  run: async (ctx) => {
    const due = await claimDueOperations(ctx, 10, operationLeaseMs)
    for (const operation of due) await settleOperation(ctx, settlement, operation)
    return due.length
  },
}
