import { describe, expect, it } from 'vitest'
import {
  makeHarness as makeSandbox,
  makeHarnessWithoutDocuments as makeWithoutDocuments,
} from '../../../providers/sandbox/testing/contract-harness.ts'
import { makeHarness as makeStripe } from '../../../providers/stripe/testing/contract-harness.ts'
import { type ContractCheck, contractChecks, type MakeContractHarness, runCheck } from '../index.ts'
import { makeWrong, wrongAdapters } from './index.ts'

/** What the sandbox cannot show: it knows one mode only, and no prices that bill usage. */
const overTheEmulator = [/^a webhook of the other mode/, /^a price that bills usage is (bought|published)/]

const named = ({ group, name }: Pick<ContractCheck, 'group' | 'name'>) => `${group}: ${name}`
const checksByName = new Map(contractChecks.map((check) => [named(check), check]))

function rightFor({ group, caughtBy }: (typeof wrongAdapters)[number]): MakeContractHarness {
  if (group === 'charges') return makeWithoutDocuments
  return overTheEmulator.some((pattern) => pattern.test(caughtBy)) ? makeStripe : makeSandbox
}

describe('an adapter with one mistake fails the check that names the guarantee', () => {
  it.for(wrongAdapters)('$group: "$mistake" breaks "$caughtBy"', async (wrong) => {
    const check = checksByName.get(named({ group: wrong.group, name: wrong.caughtBy }))
    if (!check) throw new Error(`there is no check "${wrong.caughtBy}" in ${wrong.group}`)
    const makeHarness = async () => makeWrong(await rightFor(wrong)(), wrong.deviate)
    expect(await runCheck(check, makeHarness)).toMatchObject({ outcome: 'failed' })
  })
})

describe('the contract', () => {
  it('has no two checks of one name in a group', () => {
    expect(checksByName.size).toBe(contractChecks.length)
  })

  it('has no check that never failed: each one is broken by a wrong adapter', () => {
    const broken = new Set(wrongAdapters.map(({ group, caughtBy }) => named({ group, name: caughtBy })))
    expect([...checksByName.keys()].filter((name) => !broken.has(name))).toEqual([])
  })
})
