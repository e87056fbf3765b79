import { providerContract } from '../../testing/contract/index.ts'
import { contractHarnessOver, createSandboxHarness } from '../../testing/sandbox-harness.ts'

providerContract('the sandbox', async () => contractHarnessOver(createSandboxHarness()))
