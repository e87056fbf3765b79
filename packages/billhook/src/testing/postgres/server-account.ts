import { lstat, mkdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The operating system account that runs the server; undefined means "whoever runs this process". */
export interface ServerAccount {
  uid: number
  gid: number
}

// Postgres refuses to run as root, so root lends it an account that every Linux and macOS has.
const ACCOUNTS_FOR_ROOT = ['postgres', 'nobody']

export async function findServerAccount(): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ACCOUNTS_FOR_ROOT) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? []
    // macOS writes nobody as -2, which as an unsigned 32-bit number is what the kernel means.
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
  }
  throw new Error(`root cannot run Postgres, and /etc/passwd has none of ${ACCOUNTS_FOR_ROOT.join(', ')} to run it as`)
}

/** A directory of our own, kept between runs, that the server's account can read. */
export async function openCacheDirectory(name: string, account: ServerAccount | undefined): Promise<string> {
  const uid = process.getuid?.() ?? 0
  const parent = account ? await findWorldReadable([tmpdir(), '/tmp', '/var/tmp']) : tmpdir()
  const directory = join(parent, `${name}-${uid}`)
  await mkdir(directory, { recursive: true, mode: account ? 0o755 : 0o700 })
  // The name can be guessed: somebody else's directory or link there must not decide what we run.
  const info = await lstat(directory)
  if (!info.isDirectory() || info.uid !== uid) throw new Error(`${directory} exists and is not a directory of ours`)
  return directory
}

async function findWorldReadable(candidates: string[]): Promise<string> {
  for (const candidate of candidates) if (await isWorldReadable(candidate)) return candidate
  throw new Error(`none of ${candidates.join(', ')} can be entered by the account that would run Postgres`)
}

async function isWorldReadable(directory: string): Promise<boolean> {
  const info = await stat(directory).catch(() => undefined)
  if (!info?.isDirectory() || (info.mode & 0o005) !== 0o005) return false
  return directory === dirname(directory) || isWorldReadable(dirname(directory))
}
