import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chownToServer, openDataTemplate, SUPERUSER } from './data-template.ts'
import { removeStaleRuns } from './remove-stale-runs.ts'
import { runCommand, serverEnvironment } from './run-command.ts'
import { findServerAccount, openCacheDirectory, type ServerAccount } from './server-account.ts'
import { findServerBinaries, installServerBinaries } from './server-binaries.ts'
import { startWatchdog } from './watchdog.ts'

export interface PostgresOptions {
  /** True: every commit is flushed to disk, as in production; for benchmarks and crash tests. Default false, for speed. */
  durable?: boolean
  /** Listen on 127.0.0.1 too; 0 picks a free port. Without it only a unix socket is opened, which nobody else can reach. */
  tcpPort?: number
  /** More server settings, such as `{ max_connections: '300' }`. */
  settings?: Record<string, string>
}

export interface PostgresServer {
  /** The URL of a database of this server for its superuser; `postgres` always exists. */
  url(database: string): string
  readonly pid: number
  /** An outage: stops the server and keeps its data. Answers the call that starts it again at the same address. */
  interrupt(): Promise<() => Promise<void>>
  /** Stops the server and removes its data. */
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 10_000
// The kernel cuts socket addresses at 104 (macOS) or 108 bytes; the file's own name takes up to 16 of them.
const MAX_SOCKET_DIRECTORY_BYTES = 90

/**
 * Starts a real Postgres from the binaries that npm installed: no root, Docker or network needed, though root may run it.
 * The server ends with this process, however that ends.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const account = await findServerAccount()
  const binaries = await findServerBinaries()
  const cacheDirectory = await openCacheDirectory('billhook-postgres', account)
  await removeStaleRuns(cacheDirectory)
  const native = await installServerBinaries(binaries, cacheDirectory)
  const template = await openDataTemplate(native, cacheDirectory, binaries.version, account)
  const runDirectory = await makeRunDirectory(cacheDirectory, account)
  try {
    // -a, not Node's cp: the copy must belong to the server's account and keep its modes, or the server refuses it.
    await runCommand('cp', ['-a', template, join(runDirectory, 'data')], account)
    return await launch(join(native, 'bin/postgres'), runDirectory, account, options)
  } catch (error) {
    await rm(runDirectory, { recursive: true, force: true })
    throw error
  }
}

async function makeRunDirectory(cacheDirectory: string, account: ServerAccount | undefined): Promise<string> {
  // The process id in the name is what removeStaleRuns goes by.
  const runDirectory = await mkdtemp(join(cacheDirectory, `run-${process.pid}-`))
  await chownToServer(runDirectory, account)
  if (Buffer.byteLength(runDirectory) >= MAX_SOCKET_DIRECTORY_BYTES) {
    await rm(runDirectory, { recursive: true, force: true })
    throw new Error(`the path ${runDirectory} is too long for a unix socket; set TMPDIR to a shorter one`)
  }
  return runDirectory
}

async function launch(
  binary: string,
  runDirectory: string,
  account: ServerAccount | undefined,
  options: PostgresOptions,
): Promise<PostgresServer> {
  const tcpPort = options.tcpPort === 0 ? await findFreePort() : options.tcpPort
  const port = tcpPort ?? 5432
  const settings = {
    port: String(port),
    listen_addresses: tcpPort === undefined ? '' : '127.0.0.1',
    unix_socket_directories: runDirectory,
    max_connections: '200',
    timezone: 'UTC',
    ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...options.settings,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const run = () => runServer(binary, args, runDirectory, account)
  let running = await run()
  return {
    get pid() {
      return running.pid
    },
    url: (database) => {
      const host = tcpPort === undefined ? `?host=${runDirectory}` : ''
      return `postgresql://${SUPERUSER}@${tcpPort === undefined ? 'localhost' : '127.0.0.1'}:${port}/${database}${host}`
    },
    interrupt: async () => {
      await running.end()
      return async () => {
        running = await run()
      }
    },
    stop: async () => {
      await running.end()
      await rm(runDirectory, { recursive: true, force: true })
    },
  }
}

interface RunningServer {
  pid: number
  /** May be called again. */
  end(): Promise<void>
}

async function runServer(
  binary: string,
  args: string[],
  runDirectory: string,
  account: ServerAccount | undefined,
): Promise<RunningServer> {
  const log = openSync(join(runDirectory, 'server.log'), 'w')
  const child = spawn(binary, ['-D', join(runDirectory, 'data'), ...args], {
    ...account,
    cwd: '/',
    env: serverEnvironment(),
    // Detached: a Ctrl-C in the terminal reaches this process, which then stops the server in its own way.
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = watchEnd(child)
  const pid = await waitUntilReady(child, ended, runDirectory)
  const dismissWatchdog = startWatchdog(pid, runDirectory)
  child.unref()
  const end = async () => {
    child.ref()
    child.kill('SIGINT')
    const stopped = await Promise.race([ended, sleep(STOP_TIMEOUT_MS, 'late' as const, { ref: false })])
    if (stopped === 'late') child.kill('SIGQUIT')
    await ended
    await dismissWatchdog()
  }
  let ending: Promise<void> | undefined
  return {
    pid,
    end: () => {
      ending ??= end()
      return ending
    },
  }
}

function watchEnd(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`))
  })
}

async function waitUntilReady(child: ChildProcess, ended: Promise<string>, runDirectory: string): Promise<number> {
  const end = { reason: undefined as string | undefined }
  void ended.then((reason) => {
    end.reason = reason
  })
  const deadlineMs = performance.now() + START_TIMEOUT_MS
  while (end.reason === undefined && performance.now() < deadlineMs) {
    const lines = (await readFile(join(runDirectory, 'data/postmaster.pid'), 'utf8').catch(() => '')).split('\n')
    // Line 1 is the process id, line 8 the status; "ready" is written when connections are accepted.
    if (lines[7]?.trim() === 'ready' && child.pid === Number(lines[0])) return child.pid
    await sleep(10)
  }
  child.kill('SIGKILL')
  const log = await readFile(join(runDirectory, 'server.log'), 'utf8').catch(() => '')
  const reason = end.reason ?? `it was not ready after ${START_TIMEOUT_MS / 1000} s`
  throw new Error(`Postgres did not start: ${reason}\n${log.split('\n').slice(-20).join('\n')}`)
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port was found')),
      )
    })
  })
}
