import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { root } from './run-step.ts'

const keys = {
  ...{ PAYPAL_CLIENT_ID: 'id', PAYPAL_CLIENT_SECRET: 'secretpart' },
  ...{ PAYPAL_BUYER_EMAIL: 'buyer@example.test', PAYPAL_BUYER_PASSWORD: 'secretpart' },
}

function run(variables: Record<string, string>) {
  const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PAYPAL_')))
  const env = { ...others, NO_COLOR: '1', FORCE_COLOR: undefined, ...variables }
  return spawnSync(process.execPath, ['scripts/verify-paypal.ts'], { cwd: root, env, encoding: 'utf8' })
}

describe('verify:paypal', () => {
  it('says what to set when something is missing, shows nothing that is set, and exits 2', () => {
    const { PAYPAL_CLIENT_ID: _, ...rest } = keys
    for (const [variables, names] of [
      [{}, 'PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, PAYPAL_BUYER_EMAIL, PAYPAL_BUYER_PASSWORD'],
      [rest, 'Set PAYPAL_CLIENT_ID:'],
    ] as const) {
      const { status, stdout, stderr } = run(variables)
      expect([status, stderr]).toEqual([2, expect.stringContaining(names)])
      expect(stdout + stderr).not.toContain('secretpart')
    }
  })

  it('refuses live mode', () => {
    const { status, stderr } = run({ ...keys, PAYPAL_MODE: 'live' })
    expect([status, stderr]).toEqual([2, expect.stringContaining('sandbox only')])
  })
})
