import { expect, it } from 'vitest'
import { makeLogger } from './logger.ts'

function lines(isProduction: boolean): { log: ReturnType<typeof makeLogger>; written: string[] } {
  const written: string[] = []
  const log = makeLogger({ isProduction, secrets: ['sk_test_value', 'quo"ted'], write: (line) => written.push(line) })
  return { log, written }
}

it('writes JSON lines in production and one readable line otherwise', () => {
  const production = lines(true)
  production.log.info({ status: 200 }, 'request')
  expect(JSON.parse(production.written[0] ?? '')).toMatchObject({ status: 200, msg: 'request' })
  const development = lines(false)
  development.log.warn({ status: 503, path: '/readyz' }, 'request')
  expect(development.written[0]).toMatch(/^\d\d:\d\d:\d\d WARN request status=503 path=\/readyz\n$/)
})

it.each([true, false])('never writes a secret, by its name or by its value (production: %s)', (isProduction) => {
  const { log, written } = lines(isProduction)
  log.error(
    { authorization: 'Bearer x1y2z3', headers: { cookie: 'x1y2z3' }, error: 'failed with sk_test_value and quo"ted' },
    'sk_test_value',
  )
  const text = written.join('')
  for (const secret of ['x1y2z3', 'sk_test_value', 'quo"ted', 'quo\\"ted']) expect(text).not.toContain(secret)
})
