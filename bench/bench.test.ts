import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithPostgres } from '../packages/billhook/src/testing/postgres/index.ts'
import { measureDuplicates } from './duplicates.ts'
import { measureForged } from './forged.ts'
import { type Ground, openGround } from './ground.ts'
import { measureIntake } from './intake.ts'
import { measureMetering } from './metering.ts'
import { readOptions } from './options.ts'
import { measureProcesses } from './processes.ts'
import { runSide } from './run-side.ts'
import { billhookSide, chooseSides } from './sides.ts'

// Processes start, each of which compiles its TypeScript: seconds on an idle machine, more on a busy one.
describeWithPostgres('the bench', { timeout: 240_000 }, () => {
  let ground: Ground
  beforeAll(async () => {
    ground = await openGround({ organizations: 4, withStatements: false, say: () => {} })
  }, 240_000)
  afterAll(() => ground?.[Symbol.asyncDispose]())

  it('counts a run only when every acknowledged event was applied', async () => {
    const running = await ground.start(billhookSide)
    const small = { ...ground, running, events: 12, concurrency: 4 }
    expect((await runSide(small)).appliedPerSecond).toBeGreaterThan(0)

    // The same events again are answered 200 as duplicates, and change nothing.
    running.nextEvent = 0
    await expect(runSide(small)).rejects.toThrow('void: of 12 events 0 were applied')

    // Events about nobody we know are answered 200, stored and ignored.
    const accounts = ground.fixture.accounts.map((_, n) => ({
      organizationId: 'unknown',
      externalCustomerId: `cus_unknown${n}`,
    }))
    running.nextEvent = 1_000
    const ignored = runSide({ ...small, fixture: { ...ground.fixture, accounts } })
    await expect(ignored).rejects.toThrow(/void: of 12 events 0 were applied; answers \{"200":12\}.*ignored/)
    await running.stop()
  })

  it('goes through every side and ends with the ratios, after every end state was right', async () => {
    const { sides, skipped } = chooseSides(undefined)
    expect(skipped).toEqual([expect.stringMatching(/^stripe-sync: skipped/)])
    const options = { ...readOptions(['--quick']), events: 12, warmUpEvents: 4, processes: [2] }
    const input = { options, sides, ground, say: () => {} }
    expect(await measureIntake(input)).toMatch(/\nintake\/floor c=8: \d+\.\d\d\nintake\/floor-full c=8: \d+\.\d\d$/)
    expect(await measureDuplicates(input)).toMatch(/\n\nduplicates\/duplicate-free c=32: \d+\.\d\d$/)
    const metering = await measureMetering({ ...input, options: { ...options, tenantEvents: 400, otherEvents: 90 } })
    expect(metering).toMatch(
      /^usage.*\ncheck, uncached.*\nconsume, many.*\nconsume, one.*\ningest over HTTP.*\nread, period to date, 400 events/,
    )
    expect(await measureProcesses(input)).toMatch(/\n2 +\d+ +0 +/)
  })

  it('floods the door with what nobody signed, which leaves no row and comes no faster than refusals are given', async () => {
    const { sides } = chooseSides(undefined)
    const options = { ...readOptions(['--quick']), events: 12, warmUpEvents: 4, forgedRequests: 1_200 }
    const measured = await measureForged({ options, sides, ground, say: () => {} })
    const [, perSecond, stored] = /^billhook +(\d+) .* (\d+)\n\np99 beside\/alone c=8: \d+\.\d\d$/m.exec(measured) ?? []
    expect(stored, measured).toBe('0')
    // 200 of them are not made to wait.
    expect(Number(perSecond)).toBeLessThan(800)
  })

  it('measures what the flags ask for, in the order that puts the ratios last', () => {
    expect(readOptions([]).parts).toEqual(['intake'])
    expect(readOptions(['--memory', '--cold-start']).parts).toEqual(['cold-start', 'memory'])
    expect(readOptions(['--processes', '1,3', '--quick'])).toMatchObject({ parts: ['processes'], processes: [1, 3] })
    expect(readOptions(['--processes', '--quick']).parts).toEqual(['processes'])
    expect(readOptions(['--all']).parts.at(-1)).toBe('intake')
    expect(() => readOptions(['--events', '7'])).toThrow('--events is "7"')
  })
})
