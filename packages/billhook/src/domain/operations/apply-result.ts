import type { Context } from '../../context.ts'
import { asPlatform, inOrganization, type OrganizationScope, type PlatformScope } from '../../db/index.ts'
import { storable } from '../../primitives/index.ts'
import type { OperationKind, OperationKinds } from '../../providers/provider.ts'
import type { Observation } from '../sync/index.ts'
import { concludeOperation, findOperation, storeAnswer } from './store.ts'

export type ScopeOf<K extends OperationKind> = K extends 'publish_price' | 'publish_coupon'
  ? PlatformScope
  : OrganizationScope

/** What of ours an operation is about, for the function that applies its result. */
export interface AppliedOperation<K extends OperationKind> {
  id: string
  kind: K
  provider: string
  organizationId: string | null
  subscriptionId: string | null
  businessKey: string
  input: OperationKinds[K]['input']
  /** Taken before the call began, so that its answer never overwrites something newer. */
  observation: Observation
}

/**
 * Writes what a successful call changed, in the transaction that marks the operation succeeded. The answer is plain JSON: it is kept, and
 * given again when the same business key comes again. One function per kind, for the call and for a look-up that comes later.
 */
export type ApplyOperation<K extends OperationKind, Answer> = (
  ctx: Context,
  scope: ScopeOf<K>,
  operation: AppliedOperation<K>,
  result: OperationKinds[K]['result'],
) => Promise<Answer>

/** Result and end of the operation, together or not at all. Whoever comes second finds it concluded and changes nothing. */
export async function applyResult<K extends OperationKind, Answer>(
  ctx: Context,
  apply: ApplyOperation<K, Answer>,
  operation: AppliedOperation<K>,
  result: OperationKinds[K]['result'],
): Promise<{ status: 'succeeded'; answer: Answer }> {
  const work = async (scope: OrganizationScope | PlatformScope): Promise<Answer> => {
    const isMine = await concludeOperation(scope.tx, operation.id, {
      status: 'succeeded',
      errorCode: null,
      errorDetail: null,
      updatedAt: ctx.clock.now(),
    })
    if (!isMine) {
      const row = await findOperation(scope.tx, { id: operation.id })
      return row?.result as Answer
    }
    // The kind says which scope its apply function takes; only the catalog's are the platform's.
    const answer = await apply(ctx, scope as ScopeOf<K>, operation, storable(result))
    await storeAnswer(scope.tx, operation.id, answer)
    return answer
  }
  const answer =
    operation.organizationId === null
      ? await asPlatform(ctx.db, work)
      : await inOrganization(ctx.db, operation.organizationId, work)
  ctx.logger.info(
    { operation_id: operation.id, kind: operation.kind, provider: operation.provider },
    'operation succeeded',
  )
  return { status: 'succeeded', answer }
}
