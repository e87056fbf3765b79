import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './run-command.ts'
import type { ServerAccount } from './server-account.ts'
import { exists, moveIntoPlace } from './server-binaries.ts'

export const SUPERUSER = 'postgres'

const INITDB_OPTIONS = [
  `--username=${SUPERUSER}`,
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--auth=trust',
  '--no-sync',
]

/** An initialised, never started data directory, made once per version; a run copies it, which is faster than initdb. */
export async function openDataTemplate(
  nativeDirectory: string,
  cacheDirectory: string,
  version: string,
  account: ServerAccount | undefined,
): Promise<string> {
  const template = join(cacheDirectory, `data-${version}`)
  if (await exists(template)) return template
  const partial = `${template}.${process.pid}.partial`
  await mkdir(partial, { mode: 0o700 })
  await chownToServer(partial, account)
  try {
    await runCommand(join(nativeDirectory, 'bin/initdb'), ['-D', partial, ...INITDB_OPTIONS], account)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
  await moveIntoPlace(partial, template)
  return template
}

export async function chownToServer(directory: string, account: ServerAccount | undefined): Promise<void> {
  if (account) await chown(directory, account.uid, account.gid)
}
