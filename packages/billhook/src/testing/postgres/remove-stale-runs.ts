import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes what earlier runs left whose process is gone and whose watchdog could not act (a power cut, a kill of the whole
 * group). A server that still lives is ended first, after making sure that the process id is still its own.
 */
export async function removeStaleRuns(cacheDirectory: string): Promise<void> {
  for (const name of await readdir(cacheDirectory)) {
    const ownerPid = /^run-(\d+)-/.exec(name)?.[1] ?? /\.(\d+)\.partial$/.exec(name)?.[1]
    if (ownerPid === undefined || isAlive(Number(ownerPid))) continue
    const directory = join(cacheDirectory, name)
    const lines = (await readFile(join(directory, 'data/postmaster.pid'), 'utf8').catch(() => '')).split('\n')
    const serverPid = Number(lines[0])
    if (serverPid > 0 && (await commandLine(serverPid)).includes(directory)) process.kill(serverPid, 'SIGQUIT')
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

function commandLine(pid: number): Promise<string> {
  // Elsewhere than on Linux a left-over server is not recognised, and only its data is removed, which ends it too.
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
