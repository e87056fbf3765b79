import { spawn } from 'node:child_process'
import { existsSync, globSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'billhook'

export interface DashboardBuild {
  directory: string
  isBeingBuilt(): boolean
  stop(): void
}

/** Builds the pages in the background where that has not been done since they changed; the service works meanwhile. */
export function ensureDashboard(projectRoot: string, logger: Logger): DashboardBuild {
  const source = join(projectRoot, 'packages/dashboard')
  const directory = join(source, 'dist')
  if (isFresh(source, directory)) return { directory, isBeingBuilt: () => false, stop() {} }
  let isBuilding = true
  let errors = ''
  // Built aside and moved: a build that is cut short, or a second one at the same time, leaves no half of one.
  const partial = `${directory}.${process.pid}.partial`
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', partial, '--emptyOutDir'],
    { cwd: source, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  child.once('error', (error) => {
    errors += error.message
  })
  child.once('close', (code) => {
    if (code === 0) errors = moveIntoPlace(partial, directory)
    rmSync(partial, { recursive: true, force: true })
    isBuilding = false
    if (code === 0 && errors === '') logger.info({}, 'the pages are built')
    else if (!child.killed) logger.warn({ code, errors: errors.slice(-2000) }, 'the pages could not be built')
  })
  logger.info({}, 'building the pages, which takes a few seconds')
  return { directory, isBeingBuilt: () => isBuilding, stop: () => void child.kill() }
}

/** Where only the built pages were installed there is no source to be older than. */
function isFresh(source: string, directory: string): boolean {
  const built = join(directory, 'index.html')
  if (!existsSync(built)) return false
  const builtAtMs = statSync(built).mtimeMs
  const sources = globSync(['src/**/*.{ts,tsx,css}', 'public/*', 'index.html', 'vite.config.ts'], { cwd: source })
  return sources.every((file) => file.endsWith('.test.ts') || statSync(join(source, file)).mtimeMs <= builtAtMs)
}

/** Answers what went wrong, if anything. */
function moveIntoPlace(partial: string, directory: string): string {
  try {
    rmSync(directory, { recursive: true, force: true })
    renameSync(partial, directory)
  } catch (error) {
    // Another process may have been faster, with the same pages.
    if (!existsSync(join(directory, 'index.html'))) return String(error)
  }
  return ''
}
