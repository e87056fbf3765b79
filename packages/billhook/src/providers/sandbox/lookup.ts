import type { AnyProviderOperation, LookupResult, OperationKind, OperationKinds } from '../operation.ts'
import { retrieveCheckoutSession } from './checkout.ts'
import type { Answer, SandboxClient } from './client.ts'
import { retrieveCoupon } from './coupons.ts'
import { payResult } from './pay-invoice.ts'
import { retrieveRefund } from './refunds.ts'
import { toCustomerData } from './status.ts'
import { changeResult } from './subscriptions.ts'

/** Answers with what the operation made or changed as it is now: a snapshot of then could undo what came later. */
export async function lookup(client: SandboxClient, operation: AnyProviderOperation): Promise<LookupResult> {
  const answer = await client.findAnswer(operation)
  if (answer === null) return { outcome: 'not_found' }
  return { outcome: 'succeeded', result: await results[operation.kind](client, answer) }
}

type Results = { [K in OperationKind]: (client: SandboxClient, answer: Answer) => Promise<OperationKinds[K]['result']> }

const results: Results = {
  create_customer: async (client, { id }) => toCustomerData(await client.retrieve('customer', id)),
  create_checkout_session: (client, { id }) => retrieveCheckoutSession(client, id),
  expire_checkout_session: (client, { id }) => retrieveCheckoutSession(client, id),
  cancel_subscription: changeResult,
  reactivate_subscription: changeResult,
  update_subscription: changeResult,
  pause_subscription: changeResult,
  resume_subscription: changeResult,
  create_refund: (client, { id }) => retrieveRefund(client, id),
  pay_invoice: payResult,
  publish_coupon: (client, { id }) => retrieveCoupon(client, id),
  report_usage: async () => ({ accepted: true }),
  publish_price: async (client, { id }) => {
    const price = await client.retrieve('price', id)
    return { externalPriceId: price.id, externalProductId: price.product }
  },
}
