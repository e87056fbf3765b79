import type { Reporter, TestModule, Vitest } from 'vitest/node'
import type {} from '../packages/billhook/src/testing/postgres/test-server.ts'

/** Ends a test run with one plain line, `N passed, N failed`, and says how many tests lacked a Postgres, and why. */
export default class ClosingLineReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      let failedInModule = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state] += 1
        if (state === 'failed') failedInModule += 1
      }
      // A file that cannot be loaded, or whose hook fails, has no failed test to count.
      if (module.state() === 'failed' && failedInModule === 0) count.failed += 1
    }
    const server = this.#vitest?.getProvidedContext().testServer
    if (server && 'unavailable' in server) {
      process.stdout.write(
        `\nPOSTGRES COULD NOT START: the tests that need it were SKIPPED (${count.skipped} skipped in all), the others ran on PGlite.\n${server.unavailable}\n`,
      )
    }
    const skipped = count.skipped + count.pending
    process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  }
}
