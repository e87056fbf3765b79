import { spawn } from 'node:child_process'
import type { ServerAccount } from './server-account.ts'

/** Runs a command to its end as the server's account; rejects with what it printed when it fails. */
export function runCommand(command: string, args: string[], account: ServerAccount | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...account,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.once('error', (cause) => reject(new Error(`${command} cannot run: ${cause.message}`, { cause })))
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} ended with ${code ?? signal}: ${output.trim()}`))
    })
  })
}

/** The caller's locale, time zone and PG* settings must not leak into the server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
}
