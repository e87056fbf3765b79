import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { root } from './run-step.ts'

function run(key: string | undefined) {
  const { STRIPE_SECRET_KEY: _, ...environment } = process.env
  const env = { ...environment, NO_COLOR: '1', FORCE_COLOR: undefined, ...(key && { STRIPE_SECRET_KEY: key }) }
  return spawnSync(process.execPath, ['scripts/verify-stripe.ts'], { cwd: root, env, encoding: 'utf8' })
}

describe('verify:stripe', () => {
  it('says what to set when there is no key, and exits 2', () => {
    const { status, stderr } = run(undefined)
    expect([status, stderr]).toEqual([2, expect.stringContaining('Set STRIPE_SECRET_KEY')])
  })

  it.each(['sk_live_secretpart', 'rk_live_secretpart', 'pk_test_secretpart', 'rk_test_secretpart', 'secretpart'])(
    'refuses a key that is not of test mode, and does not show it: %s',
    (key) => {
      const { status, stdout, stderr } = run(key)
      expect(status).toBe(2)
      expect(stderr).toContain(key.includes('live') ? 'live key' : 'sk_test_')
      expect(stdout + stderr).not.toContain('secretpart')
    },
  )
})
