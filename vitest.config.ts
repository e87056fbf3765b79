import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { readTestDatabaseKind } from './packages/billhook/src/testing/postgres/test-server.ts'
import LongestFirst from './scripts/longest-first.ts'

if (Number(process.versions.node.split('.')[0]) < 22) {
  throw new Error(`Node ${process.version} cannot run TypeScript files: start the tests with npm test`)
}

// The processes that tests start compile the same files again and again.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url))

export default defineConfig({
  test: {
    name: readTestDatabaseKind(process.env),
    include: ['packages/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['packages/billhook/src/testing/postgres/global-setup.ts'],
    reporters: ['default', './scripts/closing-line-reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Loading the service anew for each file was half the CPU time of the files in packages/billhook/src. Tests leave nothing behind in modules:
    // a service gets its clock, ids and database passed in.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // A busy machine is slow, not wrong.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    restoreMocks: true,
    unstubEnvs: true,
  },
})
