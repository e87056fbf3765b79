import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)

const script = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (/^(vitest|@vitest)/.test(specifier)) throw new Error('asked for ' + specifier)
    return next(specifier, context)
  },
})
const { createTestBilling } = await import('billhook/testing')
const billing = await createTestBilling()
const { status } = await billing.call('GET', '/api/v1/plans/')
await billing.close()
console.log(status)
`

it('gives a whole service to any test runner: without vitest, on a database in memory', async () => {
  const { VITEST: _, ...env } = process.env
  const options = { env, cwd: fileURLToPath(new URL('../..', import.meta.url)) }
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], options)
  expect(stdout).toBe('200\n')
}, 60_000)
