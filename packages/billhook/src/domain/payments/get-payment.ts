import type { Context } from '../../context.ts'
import { inOrganization, type OrganizationScope } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import type { Payment } from './payment.ts'
import { findPayment, selectPayments } from './store.ts'

/** Error: `payment_not_found` (404). */
export const getPayment = (ctx: Context, input: { organizationId: string; paymentId: string }): Promise<Payment> =>
  inOrganization(ctx.db, input.organizationId, (scope) => getPaymentIn(scope, input.paymentId))

/** As it is inside a transaction that may hold the organization's lock. */
export async function getPaymentIn(
  scope: OrganizationScope,
  paymentId: string,
  options: { besidesOperation?: string } = {},
): Promise<Payment> {
  const payment = await findPayment(scope, paymentId, options)
  if (!payment) throw notFound('payment_not_found', `There is no payment ${paymentId}.`)
  return payment
}

/** The organization's payments, newest first, failed ones too. */
export async function listPayments(
  ctx: Context,
  input: PageInput & { organizationId: string },
): Promise<Paged<Payment>> {
  const before = decodeCursor(input)
  const rows = await inOrganization(ctx.db, input.organizationId, (scope) =>
    selectPayments(scope, before, pageLimit(input) + 1),
  )
  return pageOf(
    rows,
    input,
    (payment) => payment,
    (payment) => payment.id,
  )
}
