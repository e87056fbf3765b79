import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface StepResult {
  isOk: boolean
  output: string
}

/** Runs a command in the project's root and keeps what it prints. */
export function runStep(command: string, args: string[], environment: NodeJS.ProcessEnv = {}): Promise<StepResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      // What is kept is read in logs, where colours are noise.
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => resolve({ isOk: false, output: `${command}: ${error.message}` }))
    child.once('close', (code) => resolve({ isOk: code === 0, output }))
  })
}

/** Runs a script of ours or of a dependency with the Node that runs this one. */
export const runNode = (args: string[], environment?: NodeJS.ProcessEnv): Promise<StepResult> =>
  runStep(process.execPath, args, environment)
