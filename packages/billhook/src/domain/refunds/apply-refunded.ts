import { InvariantError } from '../../primitives/index.ts'
import type { ApplyOperation } from '../operations/index.ts'
import { applyRefund, findRefundId, OvertakenError, originOf } from '../sync/index.ts'

/** Keeps the refund that a provider made, as its event would: whichever is first, it is one. */
export const applyRefunded: ApplyOperation<'create_refund', { refundId: string }> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  const reference = { ...result.reference, operationId: operation.id }
  const { outcome } = await applyRefund(ctx, scope, {
    origin: originOf(ctx.providers.getProvider(operation.provider)),
    snapshot: { ...result, reference },
    observation: operation.observation,
  })
  if (outcome === 'reread') {
    throw new OvertakenError(`Operation ${operation.id} was answered with a refund that is no longer the latest.`, {
      kind: 'refund',
      externalId: result.externalRefundId,
    })
  }
  const refundId = await findRefundId(scope, operation.provider, result.externalRefundId)
  if (!refundId) throw new InvariantError(`operation ${operation.id} refunded a payment that is not here`)
  return { refundId }
}
