import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ContractReport } from 'billhook/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testProvider } from './test-provider.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const library = createRequire(import.meta.url).resolve('billhook/package.json')
const sandbox = new URL('src/providers/sandbox/testing/contract-harness.ts', pathToFileURL(library))

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'billhook-provider-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

function billhook(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH }
    execFile(process.execPath, [main, ...args], { cwd: directory, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr })
    })
  })
}

describe('billhook provider test', () => {
  it('prints every check and the score of an adapter that keeps the contract, without a test runner, and exits 0', async () => {
    const { code, output } = await billhook('provider', 'test', fileURLToPath(sandbox), '--group', 'customers')
    expect(output).toContain('ok   a known customer is found again and not made twice')
    expect(output).toContain('sandbox (sandbox, test): 6 passed, 0 failed, 0 not applicable')
    expect(code).toBe(0)
  })

  it('exits 1 for an adapter that breaks a guarantee, and says which one and how', async () => {
    await writeFile(
      join(directory, 'wrong.ts'),
      `import { makeHarness } from ${JSON.stringify(sandbox.href)}
      export default async () => {
        const harness = await makeHarness()
        harness.provider.createCustomer = async () => { throw new TypeError('fetch failed') }
        return harness
      }`,
    )
    const { code, output } = await billhook(
      'provider',
      'test',
      'wrong.ts',
      '--group',
      'customers',
      '--json',
      'report.json',
    )
    expect(code).toBe(1)
    expect(output).toMatch(/FAIL a customer carries our organization id \(\d+ ms\)\n\s+TypeError: fetch failed/)
    expect(output).toContain('It catches an adapter that forgets to write our reference')
    const report: ContractReport = JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'))
    expect(report).toMatchObject({ providerKind: 'sandbox', passed: 1, failed: 5 })
    expect(report.groups[0]?.results[0]).toMatchObject({ outcome: 'failed', message: 'TypeError: fetch failed' })
  })

  it('says in one sentence what is wrong with a module or a group that cannot be used', async () => {
    await writeFile(join(directory, 'empty.ts'), 'export const nothing = 1')
    const sentences = {
      'nowhere.ts': /^nowhere\.ts cannot be loaded: .*$/,
      'empty.ts': /^empty\.ts exports no function "makeHarness", and none by default\.$/,
    }
    const run = (module: string, group?: string) =>
      testProvider({ module, group, workingDirectory: directory, print: () => {} })
    for (const [module, sentence] of Object.entries(sentences)) await expect(run(module)).rejects.toThrow(sentence)
    const noGroup = /^"nonsense" is no group of checks\. There are: customers, .*$/
    await expect(run('empty.ts', 'nonsense')).rejects.toThrow(noGroup)
  })
})
