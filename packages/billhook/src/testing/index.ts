export {
  type CheckResult,
  type ContractCard,
  type ContractCheck,
  ContractFailure,
  type ContractGroup,
  type ContractHarness,
  type ContractOptions,
  type ContractReport,
  type ContractScore,
  contractChecks,
  contractGroups,
  type MakeContractHarness,
  type Need,
  type RawWebhook,
  renderResult,
  renderScores,
  runContract,
} from './contract/index.ts'
export { createTestBilling, type TestBilling, type TestBillingOptions, testApiKey } from './create-test-billing.ts'
export { MemoryStateStore } from './memory-state-store.ts'
