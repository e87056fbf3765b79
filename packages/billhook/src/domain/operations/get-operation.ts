import type { Context } from '../../context.ts'
import { notFound } from '../../primitives/index.ts'
import type { Operation } from './operation.ts'
import { findOperation, inScopeOf, type OperationRow } from './store.ts'

/** Null: the platform asks. Error: `operation_not_found` (404). */
export async function getOperation(
  ctx: Context,
  input: { organizationId: string | null; operationId: string },
): Promise<Operation> {
  const row = await inScopeOf(ctx, input.organizationId, (tx) => findOperation(tx, { id: input.operationId }))
  if (!row) throw notFound('operation_not_found', `There is no operation ${input.operationId}.`)
  return operationView(row)
}

const operationView = (row: OperationRow): Operation => ({
  id: row.id,
  organizationId: row.organizationId,
  kind: row.kind,
  provider: row.provider,
  status: row.status,
  subscriptionId: row.subscriptionId,
  errorCode: row.errorCode,
  errorDetail: row.errorDetail,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})
