import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, describeWithPostgres } from '../../billhook/src/testing/postgres/index.ts'
import { runService, type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

let directory: string
let remove: () => Promise<void>
beforeAll(async () => {
  ;({ directory, remove } = await temporaryDirectory())
})
afterAll(() => remove())

/** One sentence, exit code 1, and neither a stack nor a value that is secret. */
async function expectRefusal(environment: Record<string, string>, sentence: RegExp, where = directory) {
  const started = await runService({ environment, directory: where })
  expect(await started.exit, started.output()).toBe(1)
  expect(started.output()).toMatch(sentence)
  expect(started.output().trimEnd()).not.toContain('\n')
  expect(started.output()).not.toContain('very-secret')
}

describe('A start with settings that are wrong stops with one sentence', () => {
  it.each([
    ['a key that is none of Stripe’s', { STRIPE_SECRET_KEY: 'very-secret' }, /STRIPE_SECRET_KEY.*sk_test_/],
    [
      'keys of two modes',
      { STRIPE_SECRET_KEY: 'sk_test_very-secret', STRIPE_PUBLISHABLE_KEY: 'pk_live_1' },
      /STRIPE_PUBLISHABLE_KEY.*mode \(test\)/,
    ],
    [
      'an address that this machine has not',
      { HOST: '192.0.2.1' },
      /^HOST 192\.0\.2\.1 is no address of this machine\./,
    ],
    [
      'a data directory that is a file',
      { BILLHOOK_DATA_DIR: '/dev/null' },
      /^BILLHOOK_DATA_DIR \/dev\/null cannot be used: it is a file\.\n$/,
    ],
  ])('%s', (_, environment, sentence) => expectRefusal(environment, sentence))

  it.each([
    ['does not parse', 'export default {', /^billhook\.config\.ts cannot be loaded: .+\n$/],
    [
      'throws',
      "throw new Error('no such vault')",
      /^billhook\.config\.ts cannot be loaded: no such vault \(line 1\)\.\n$/,
    ],
    ['exports nothing', 'export const config = {}', /^billhook\.config\.ts is wrong: the default export: .+\n$/],
  ])('a configuration file that %s', async (_, text, sentence) => {
    const elsewhere = await temporaryDirectory()
    await writeFile(join(elsewhere.directory, 'billhook.config.ts'), text)
    await expectRefusal({}, sentence, elsewhere.directory)
    await elsewhere.remove()
  })
})

describe('A start beside a service that runs already', () => {
  let first: ServiceRun
  beforeAll(async () => {
    first = await startService({ directory })
  }, 240_000)
  afterAll(() => first.stop())

  it('is refused the data directory, which two would destroy', () =>
    expectRefusal({}, /^The data directory .* is in use by process \d+.*\n$/))

  it('is refused the port', async () => {
    const elsewhere = await temporaryDirectory()
    const { port } = new URL(first.url)
    await expectRefusal(
      { PORT: port },
      new RegExp(`^PORT ${port} is in use by another process\\.\\n$`),
      elsewhere.directory,
    )
    await elsewhere.remove()
  })

  it('does no harm to the first', async () => {
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  })
})

describeWithPostgres('A start with a Postgres that it cannot use stops with one sentence', () => {
  it('when there is no such database', async () => {
    const database = await createTestDatabase({ template: 'empty' })
    await database.drop()
    await expectRefusal(
      { DATABASE_URL: database.url },
      /^DATABASE_URL names a database that cannot be used: .*does not exist\.\n$/,
    )
  })

  it('when what answers is no Postgres', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve(Object(other.address()).port))
    })
    const DATABASE_URL = `postgres://user:very-secret@127.0.0.1:${port}/billhook`
    await expectRefusal({ DATABASE_URL }, /^DATABASE_URL names a database that cannot be used: .+\n$/)
    other.close()
  })
})
