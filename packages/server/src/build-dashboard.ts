import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'billhook'

export interface DashboardBuild {
  directory: string
  isBeingBuilt(): boolean
  stop(): void
}

/** Builds the pages in the background where nobody has built them; the service works meanwhile. */
export function ensureDashboard(projectRoot: string, logger: Logger): DashboardBuild {
  const source = join(projectRoot, 'packages/dashboard')
  const directory = join(source, 'dist')
  if (existsSync(join(directory, 'index.html'))) return { directory, isBeingBuilt: () => false, stop() {} }
  let isBuilding = true
  let errors = ''
  const child = spawn(process.execPath, [join(projectRoot, 'node_modules/vite/bin/vite.js'), 'build'], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  child.once('error', (error) => {
    errors += error.message
  })
  child.once('close', (code) => {
    isBuilding = false
    if (code === 0) logger.info({}, 'the pages are built')
    else if (!child.killed) logger.warn({ code, errors: errors.slice(-2000) }, 'the pages could not be built')
  })
  logger.info({}, 'building the pages, which takes a few seconds')
  return { directory, isBeingBuilt: () => isBuilding, stop: () => void child.kill() }
}
