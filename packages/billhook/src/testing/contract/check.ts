import type { Capabilities } from '../../providers/capabilities.ts'
import type { ContractHarness } from './harness.ts'
import { ContractSteps } from './steps.ts'

/** In the order in which they are reported. */
export const contractGroups = [
  'customers',
  'prices',
  'checkout',
  'lifecycle',
  'invoices',
  'money',
  'charges',
  'refunds',
  'webhooks',
  'errors',
  'outcomes',
  'honesty',
] as const
export type ContractGroup = (typeof contractGroups)[number]

/** What a check cannot do without. Where it is not met the check does not apply, and the report says why. */
export interface Need {
  /** Reads after "needs": "partial refunds". */
  what: string
  isMet(capabilities: Capabilities, harness: ContractHarness): boolean
}

/** One guarantee of the provider contract. It knows no test runner: it throws when the guarantee is broken. */
export interface ContractCheck {
  group: ContractGroup
  /** The guarantee, as one sentence. Unique in its group. */
  name: string
  /** The mistake of an adapter that makes it fail. */
  catches: string
  needs: readonly Need[]
  /** Throws with a sentence when the guarantee is broken. The harness must be fresh: checks assume an account without history. */
  run(harness: ContractHarness): Promise<void>
}

interface CheckBody {
  catches: string
  needs?: readonly Need[]
  run(steps: ContractSteps): Promise<void>
}

/** The checks of one group, by the sentence that names each guarantee. */
export function checksOf(group: ContractGroup, bodies: Record<string, CheckBody>): ContractCheck[] {
  return Object.entries(bodies).map(([name, { catches, needs = [], run }]) => ({
    group,
    name,
    catches,
    needs,
    run: (harness) => run(new ContractSteps(harness)),
  }))
}
