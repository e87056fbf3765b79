import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface BenchProcess {
  pid: number
  /** What it said when it was ready. */
  ready: unknown
  /** Sends a message and waits for the next one that comes back. */
  ask(message: unknown): Promise<unknown>
  stop(): Promise<void>
}

export interface StartOptions {
  environment?: Record<string, string | undefined>
  nodeArguments?: string[]
}

const startTimeoutMs = 120_000
const quickImports = new URL('../packages/server/src/quick-imports.ts', import.meta.url).href
const stopTimeoutMs = 10_000

/** Runs a file of this folder as a process of its own, which says so over IPC when it is ready and ends when this process ends. */
export async function startProcess(file: string, options: StartOptions = {}): Promise<BenchProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, NODE_ENV: 'production', ...options.environment },
    execArgv: ['--import', quickImports, ...(options.nodeArguments ?? [])],
    // What a service logs costs it the writing and nobody the reading.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const nextMessage = (timeoutMs: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        child.off('message', onMessage).off('exit', onExit)
        act()
      }
      const onMessage = (message: unknown): void => settle(() => resolve(message))
      const onExit = (code: number | null): void => settle(() => reject(new Error(`${file} ended with code ${code}.`)))
      const timer = setTimeout(() => settle(() => reject(new Error(`${file} did not answer in time.`))), timeoutMs)
      child.on('message', onMessage).on('exit', onExit)
    })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    await ended
    clearTimeout(late)
  }
  try {
    const ready = await nextMessage(startTimeoutMs)
    if (child.pid === undefined) throw new Error(`${file} has no process id.`)
    return {
      pid: child.pid,
      ready,
      ask: (message) => {
        const answer = nextMessage(180_000)
        child.send(Object(message))
        return answer
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** For the process itself: says that it is ready, and ends when it is told to or left alone. */
export function announce(ready: object, close: () => Promise<void>): void {
  const end = async (): Promise<void> => {
    await close()
    process.exit(0)
  }
  process.once('SIGTERM', () => void end())
  process.once('disconnect', () => void end())
  process.send?.(ready)
}
