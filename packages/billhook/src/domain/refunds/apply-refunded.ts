import { InvariantError } from '../../primitives/index.ts'
import type { ApplyOperation } from '../operations/index.ts'
import { applyRefund, findRefundId, originOf } from '../sync/index.ts'

/** Keeps the refund that a provider made, as its event would: whichever is first, it is one. */
export const applyRefunded: ApplyOperation<'create_refund', { refundId: string }> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  const reference = { ...result.reference, operationId: operation.id }
  await applyRefund(ctx, scope, {
    origin: originOf(ctx.providers.getProvider(operation.provider)),
    snapshot: { ...result, reference },
    observation: operation.observation,
  })
  const refundId = await findRefundId(scope, operation.provider, result.externalRefundId)
  if (!refundId) throw new InvariantError(`operation ${operation.id} refunded a payment that is not here`)
  return { refundId }
}
