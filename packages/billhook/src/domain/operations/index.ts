export { getOperation } from './get-operation.ts'
export type { Operation } from './operation.ts'
export {
  type AppliedOperation,
  type ApplyOperation,
  operationLeaseMs,
  type RunOperationResult,
  runOperation,
} from './run-operation.ts'
export { type OperationAppliers, settleOperation } from './settle-operation.ts'
export { claimDueOperations, findOperation } from './store.ts'
