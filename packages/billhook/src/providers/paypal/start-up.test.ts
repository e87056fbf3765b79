import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** Loads the adapter, makes a provider, and says which parts of the SDK came along. */
const script = `
  import { createRequire } from 'node:module'
  const { paypalProvider } = await import('./index.ts')
  paypalProvider({ clientId: 'id', clientSecret: 'secret', mode: 'sandbox' })({ providerName: 'paypal' })
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  console.log(loaded.filter((file) => /@paypal|apimatic|axios/.test(file)).length)
`

it('a start that does not use PayPal does not load its SDK, which takes half a second', () => {
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  expect([child.stdout.trim(), child.stderr]).toEqual(['0', ''])
})
