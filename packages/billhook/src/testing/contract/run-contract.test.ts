import { describe, expect, it } from 'vitest'
import { makeHarness } from '../../providers/sandbox/testing/contract-harness.ts'
import { contractChecks, type MakeContractHarness, renderResult, renderScores, runContract } from './index.ts'

const named = (name: string) => ({ filter: (check: { name: string }) => check.name === name })
const firstOf = (report: Awaited<ReturnType<typeof runContract>>) => report.groups[0]?.results[0]

describe('running the contract', () => {
  it('makes a fresh harness for each check and stops every one of them', async () => {
    let made = 0
    let stopped = 0
    const counting: MakeContractHarness = async () => {
      made += 1
      const stop = async () => {
        stopped += 1
      }
      return { ...(await makeHarness()), stop }
    }
    const report = await runContract(counting, { filter: ({ group }) => group === 'customers' })
    // One more than checks: the first tells whose contract it is.
    expect({ made, stopped, passed: report.passed }).toEqual({ made: 7, stopped: 7, passed: 6 })
  })

  it('fails a check that does not come to an end', async () => {
    const stuck: MakeContractHarness = async () => ({ ...(await makeHarness()), pay: () => new Promise(() => {}) })
    const report = await runContract(stuck, { ...named('it names itself, its kind and its mode') })
    expect(report.passed).toBe(1)
    const late = await runContract(stuck, { ...named('the subscription carries our reference too'), timeoutMs: 50 })
    expect(firstOf(late)).toMatchObject({ outcome: 'failed', message: 'it did not come to an end within 50 ms' })
  })

  it('says of a check that does not apply what it needs, and counts it apart', async () => {
    const bare: MakeContractHarness = async () => ({ ...(await makeHarness()), faults: {} })
    const report = await runContract(bare, named('a lost answer is an unknown outcome, whatever was asked for'))
    expect(report).toMatchObject({ passed: 0, failed: 0, notApplicable: 1 })
    expect(firstOf(report)).toMatchObject({ message: 'needs a harness that loses an answer' })
  })

  it('fails every check, and never passes one, where no harness can be made after the first', async () => {
    let made = 0
    const once: MakeContractHarness = async () => {
      made += 1
      if (made > 1) throw new Error('the port is taken')
      return makeHarness()
    }
    const report = await runContract(once, { filter: ({ group }) => group === 'prices' })
    expect(report).toMatchObject({ passed: 0, failed: 8 })
    expect(firstOf(report)?.message).toBe('Error: the port is taken')
  })

  it('renders a failure with what was expected, what came and which mistake that is', async () => {
    const forgetful: MakeContractHarness = async () => {
      const harness = await makeHarness()
      const { retrieveSubscription } = harness.provider
      harness.provider.retrieveSubscription = async (id) => ({
        ...(await retrieveSubscription.call(harness.provider, id)),
        reference: {},
      })
      return harness
    }
    const report = await runContract(forgetful, named('the subscription carries our reference too'))
    const [result] = report.groups[0]?.results ?? []
    const lines = result ? renderResult(result).split('\n') : []
    expect(lines[1]?.trim()).toBe(
      "the reference of the subscription: organizationId: expected 'bhorg_contract', got undefined",
    )
    expect(lines[2]?.trim()).toBe(
      'It catches an adapter that puts metadata on the session alone, which providers do not copy to the subscription.',
    )
    expect(renderScores(report)).toContain('sandbox (sandbox, test): 0 passed, 1 failed, 0 not applicable')
  })
})

it('every check names a guarantee and the mistake it catches', () => {
  for (const { name, catches } of contractChecks) {
    expect(name).toMatch(/^\S.{15,}[^.\s]$/)
    expect(catches).toMatch(/^[a-z].{10,}[^.\s]$/)
  }
})
