import { readdir, readFile } from 'node:fs/promises'

interface ProcessTimes {
  parent: number
  ownMs: number
  /** Of children that have ended. */
  endedChildrenMs: number
}

// USER_HZ, the unit of /proc/<pid>/stat, is 100 on every Linux that Node runs on.
const tickMs = 10

/** proc_pid_stat(5); null where there is no /proc, or the process is gone. */
async function readTimes(pid: number | string): Promise<ProcessTimes | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  // The name, field 2, may hold spaces and brackets: what follows begins after the last bracket, with field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const at = (field: number) => Number(fields[field - 3])
  return {
    parent: at(4),
    ownMs: (at(14) + at(15)) * tickMs,
    endedChildrenMs: (at(16) + at(17)) * tickMs,
  }
}

/** CPU time of a process and its children, the living and the ended. Null where it cannot be told. */
export async function cpuMsOf(pid: number | undefined): Promise<number | null> {
  const root = pid === undefined ? null : await readTimes(pid)
  if (!root) return null
  let totalMs = root.ownMs + root.endedChildrenMs
  for (const name of await readdir('/proc')) {
    const times = /^\d+$/.test(name) ? await readTimes(name) : null
    if (times && times.parent === pid) totalMs += times.ownMs + times.endedChildrenMs
  }
  return totalMs
}

/** Resident memory in MB. Null where it cannot be told. */
export async function rssMbOf(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1]
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024)
}
