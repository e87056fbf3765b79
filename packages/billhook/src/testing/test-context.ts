import type { Context } from '../context.ts'
import type { FixedClock } from '../primitives/index.ts'
import type { Logger } from '../providers/provider.ts'
import { createTestBilling } from './create-test-billing.ts'

export interface TestContext extends Context {
  readonly clock: FixedClock
  close(): Promise<void>
}

/** The Context of a whole service of its own, for tests of single actions. */
export async function openTestContext(options: { logger?: Logger } = {}): Promise<TestContext> {
  const { ctx, clock, close } = await createTestBilling({ at: '2026-03-01T00:00:00Z', ...options })
  return { ...ctx, clock, close }
}
