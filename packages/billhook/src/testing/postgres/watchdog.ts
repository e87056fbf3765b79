import { spawn } from 'node:child_process'

// It waits for the end of its input. That comes when this process closes the pipe or, killed, lets the kernel close it.
const SCRIPT = `
read -r word
[ "$word" = dismissed ] && exit 0
kill -QUIT "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
rm -rf "$2"
`

/**
 * Sees to it that a server and its data do not outlive this process, not even when it is killed and can clean up nothing.
 * Returns the call that sends the watchdog home after an orderly stop.
 */
export function startWatchdog(serverPid: number, runDirectory: string): () => Promise<void> {
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', String(serverPid), runDirectory], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.unref()
  const input = watchdog.stdin
  if ('unref' in input && typeof input.unref === 'function') input.unref()
  return () =>
    new Promise((resolve) => {
      watchdog.once('exit', () => resolve())
      watchdog.ref()
      input.end('dismissed\n')
    })
}
