import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'

// Plays any number of random histories: npm run test:histories -- --runs 10000 --seed 1 --world stripe

const options = {
  runs: { type: 'string', default: '10000' },
  seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
  world: { type: 'string' },
  path: { type: 'string' },
} as const

const { values } = parseArgs({ options })
for (const name of ['runs', 'seed'] as const)
  if (!/^\d+$/.test(values[name])) throw new Error(`--${name} is a whole number, not ${values[name]}`)

const directory = 'packages/billhook/test/histories/'
const vitest = spawn(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', directory, '--disableConsoleIntercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      HISTORIES_RUNS: values.runs,
      HISTORIES_SEED: values.seed,
      ...(values.world && { HISTORIES_WORLD: values.world }),
      ...(values.path && { HISTORIES_PATH: values.path }),
    },
  },
)
vitest.once('exit', (code) => {
  process.exitCode = code ?? 1
})
