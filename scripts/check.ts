// `npm run check`: everything CI asks for, one line a step, stopping at the first failure with its output.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestDatabaseKind } from '../packages/billhook/src/testing/postgres/test-server.ts'
import { root, runNode, type StepResult } from './run-step.ts'

/** Stores, migrations, scopes and the main job hold on the embedded database, too; `npm run test:all` runs everything on both. */
const onPglite = [
  'packages/billhook/src/db',
  'packages/billhook/src/domain',
  'packages/billhook/src/http',
  'packages/billhook/test/main-job.test.ts',
]

const count = { passed: 0, failed: 0, skipped: 0 }

const steps: Record<string, () => Promise<StepResult>> = {
  'format and lint': () =>
    runNode(['node_modules/@biomejs/biome/bin/biome', 'check', '--colors=off', '--error-on-warnings', '.']),
  types: checkTypes,
  'import rule': () => runNode(['scripts/check-imports.ts']),
  'unused code': () => runNode(['node_modules/knip/bin/knip.js', '--no-progress']),
  'generated files': () => runNode(['scripts/generate.ts', '--check']),
  'tests on Postgres': () => runTests('postgres'),
  'tests on PGlite': () => runTests('pglite', onPglite),
  examples: runExamples,
}

async function checkTypes(): Promise<StepResult> {
  const projects = ['tsconfig.json', ...globSync('packages/*/tsconfig.json', { cwd: root }).sort()]
  return runInTurn(projects, (project) => runNode(['node_modules/typescript/bin/tsc', '--noEmit', '-p', project]))
}

async function runTests(kind: TestDatabaseKind, paths: string[] = []): Promise<StepResult> {
  const directory = mkdtempSync(join(tmpdir(), 'billhook-check-'))
  const report = join(directory, 'report.json')
  const reporters = ['default', './scripts/closing-line-reporter.ts', 'json'].map((name) => `--reporter=${name}`)
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...paths, ...reporters, `--outputFile.json=${report}`]
  try {
    const result = await runNode(args, { TEST_DATABASE: kind })
    addCounts(report)
    // A run that found no test proves nothing.
    return count.passed === 0 ? { isOk: false, output: `${result.output}\nno test passed` } : result
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function addCounts(report: string): void {
  // A run that could not begin leaves no report, and has said why.
  if (!existsSync(report)) return
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
  count.passed += numPassedTests
  count.failed += numFailedTests
  count.skipped += numPendingTests
}

/** An example proves itself by a check.ts, run here, or by tests, which ran with all the others. */
async function runExamples(): Promise<StepResult> {
  const folders = globSync('examples/*/', { cwd: root }).sort()
  return runInTurn(folders, async (folder) => {
    if (!existsSync(join(root, folder, 'check.ts'))) {
      const hasTests = globSync(`${folder}/**/*.test.ts`, { cwd: root }).length > 0
      return { isOk: hasTests, output: hasTests ? '' : `${folder} has neither a check.ts nor a *.test.ts` }
    }
    const result = await runNode([join(folder, 'check.ts')])
    count[result.isOk ? 'passed' : 'failed'] += 1
    return { isOk: result.isOk, output: `${folder}check.ts:\n${result.output}` }
  })
}

async function runInTurn(names: string[], run: (name: string) => Promise<StepResult>): Promise<StepResult> {
  for (const name of names) {
    const result = await run(name)
    if (!result.isOk) return result
  }
  return { isOk: true, output: '' }
}

for (const [name, run] of Object.entries(steps)) {
  const startedMs = performance.now()
  const { isOk, output } = await run()
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${isOk ? 'ok    ' : 'FAILED'} ${name.padEnd(20)} ${seconds.padStart(6)} s`)
  // What was skipped for want of a Postgres must be seen in a green run too.
  if (isOk) process.stdout.write(/\nPOSTGRES COULD NOT START[\s\S]*$/.exec(output)?.[0] ?? '')
  if (!isOk) {
    console.log(output.trimEnd())
    count.failed = Math.max(1, count.failed)
    process.exitCode = 1
    break
  }
}
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`)
