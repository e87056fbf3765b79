import { access, constants, mkdir } from 'node:fs/promises'
import { ConfigurationError } from './configuration-error.ts'

/** Makes it, for its owner alone, where it is missing: a database with keys and payloads will be in it. Error: ConfigurationError when nothing can be kept there. */
export async function prepareDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await access(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new ConfigurationError(`BILLHOOK_DATA_DIR ${directory} cannot be used: ${reasons[code] ?? code}.`)
  }
}

const reasons: Record<string, string> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of it is a file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
}
