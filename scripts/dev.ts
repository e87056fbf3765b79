// `npm run dev`: the service, restarted at every change of its sources, and the dashboard's development server.
import { type ChildProcess, spawn } from 'node:child_process'
import { root } from './run-step.ts'

const commands = [
  { args: ['--watch', 'packages/server/src/main.ts'], cwd: root },
  { args: [`${root}node_modules/vite/bin/vite.js`], cwd: `${root}packages/dashboard` },
]

const children: ChildProcess[] = commands.map(({ args, cwd }) =>
  spawn(process.execPath, args, { cwd, stdio: 'inherit' }),
)

function stopAll(signal: NodeJS.Signals): void {
  for (const child of children) child.kill(signal)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopAll(signal))
for (const child of children) {
  child.once('exit', (code) => {
    // One without the other is no use: whichever ends, ends both.
    process.exitCode ||= code ?? 0
    stopAll('SIGTERM')
  })
}
