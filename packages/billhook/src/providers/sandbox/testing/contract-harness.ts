import type { MakeContractHarness } from '../../../testing/contract/index.ts'
import { contractHarnessOver, createSandboxHarness } from '../../../testing/sandbox-harness.ts'

/** For `billhook provider test`: state in memory, a clock that stands still, webhooks captured instead of sent. */
export const makeHarness: MakeContractHarness = async () => contractHarnessOver(createSandboxHarness())

/** The same company where it makes no documents. */
export const makeHarnessWithoutDocuments: MakeContractHarness = async () =>
  contractHarnessOver(createSandboxHarness({ documents: false }))
