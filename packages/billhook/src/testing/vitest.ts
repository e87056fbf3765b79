import { describe, it } from 'vitest'
import { type ContractCheck, contractChecks, lacks, type MakeContractHarness } from './contract/index.ts'

/**
 * The provider contract as vitest tests, one for each check: call it in a test file with the provider's name and what makes its
 * surroundings. A check that needs what the provider does not claim is skipped, and says what it needs.
 */
export function providerContract(
  name: string,
  makeHarness: MakeContractHarness,
  { filter = () => true }: { filter?: (check: ContractCheck) => boolean } = {},
): void {
  const checks = contractChecks.filter(filter)
  describe(`${name} keeps the provider contract`, () => {
    for (const group of new Set(checks.map((check) => check.group))) {
      describe(group, () => {
        for (const check of checks.filter((candidate) => candidate.group === group)) {
          it(check.name, async ({ skip }) => {
            const harness = await makeHarness()
            try {
              const lacking = lacks(check, harness)
              if (lacking !== null) return skip(lacking)
              await check.run(harness)
            } finally {
              await harness.stop?.()
            }
          })
        }
      })
    }
  })
}
