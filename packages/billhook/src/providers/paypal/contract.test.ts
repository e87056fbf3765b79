import { providerContract } from '../../testing/vitest.ts'
import { makeHarness } from './testing/contract-harness.ts'

providerContract('paypal', makeHarness)
