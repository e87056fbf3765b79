export { createTestBilling, type TestBilling, type TestBillingOptions, testApiKey } from './create-test-billing.ts'
export { MemoryStateStore } from './memory-state-store.ts'
