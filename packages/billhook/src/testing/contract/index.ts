export { type ContractCheck, type ContractGroup, contractGroups, type Need } from './check.ts'
export { contractChecks } from './checks/index.ts'
export { ContractFailure } from './expectation.ts'
export type { ContractCard, ContractHarness, MakeContractHarness, RawWebhook } from './harness.ts'
export { renderResult, renderScores } from './render-report.ts'
export {
  type CheckResult,
  type ContractOptions,
  type ContractReport,
  type ContractScore,
  lacks,
  runCheck,
  runContract,
} from './run-contract.ts'
export { ContractSteps } from './steps.ts'
