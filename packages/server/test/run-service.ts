import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ensureDashboard } from '../src/build-dashboard.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
// On a machine with other work a start takes many times what it takes on an idle one.
const readyTimeoutMs = 150_000

export interface ServiceRun {
  url: string
  pid: number | undefined
  /** Everything it has written so far. */
  output(): string
  exit: Promise<number | null>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface RunOptions {
  args?: string[]
  environment?: Record<string, string>
  /** Where it runs and, unless told otherwise, keeps its data. */
  directory: string
}

/** The service as a process of its own, with nothing of this one's environment but the path. */
export async function runService({ args = [], environment = {}, directory }: RunOptions): Promise<ServiceRun> {
  await pagesAreBuilt()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const own = { PORT: String(port), BILLHOOK_URL: url, BILLHOOK_DATA_DIR: join(directory, 'data') }
  const child = spawn(process.execPath, [main, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...own, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return exit
  }
  return { url, pid: child.pid, output: () => output, exit, stop }
}

/** The same, once it is ready for work. Errors: what it wrote, when it ends or is not ready in time. */
export async function startService(options: RunOptions): Promise<ServiceRun> {
  const deadlineMs = performance.now() + readyTimeoutMs
  let run = await runService(options)
  while (performance.now() < deadlineMs) {
    const isReady = await fetch(`${run.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return run
    if ((await Promise.race([run.exit, sleep(100, 'running')])) === 'running') continue
    // A port that was free a moment ago may be another process's by now.
    if (!/^PORT \d+ is in use by another process\.$/m.test(run.output())) break
    run = await runService(options)
  }
  await run.stop('SIGKILL')
  throw new Error(`The service was not ready:\n${run.output()}`)
}

let pages: Promise<void> | undefined

/** A service builds its pages in the background where they are old, with all the machine has; here that is done before any of them starts. */
function pagesAreBuilt(): Promise<void> {
  const build = async (): Promise<void> => {
    const ignore = () => undefined
    const { isBeingBuilt } = ensureDashboard(root, { debug: ignore, info: ignore, warn: ignore, error: ignore })
    while (isBeingBuilt()) await sleep(100)
  }
  pages ??= build()
  return pages
}

/** A directory of the test's own, and the call that removes it. */
export async function temporaryDirectory(): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'billhook-server-'))
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
