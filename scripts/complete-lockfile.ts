// Run by hand after `npm install` against a registry that lacks the binary packages of other platforms. npm then leaves
// them out of the lockfile without a word, and `npm ci` refuses that lockfile, here and everywhere. This puts them back:
// version from the package that wants them, platform from their name. Only their integrity hash is missing.
import { readFileSync, writeFileSync } from 'node:fs'

interface LockedPackage {
  version?: string
  dev?: boolean
  devOptional?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const lockfilePath = new URL('../package-lock.json', import.meta.url)
const lockfile = JSON.parse(readFileSync(lockfilePath, 'utf8')) as { packages: Record<string, LockedPackage> }
const packages = lockfile.packages

const OPERATING_SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const OTHER_SPELLINGS: Record<string, string> = {
  windows: 'win32',
  sun: 'sunos',
  ppc64le: 'ppc64',
  armhf: 'arm',
  fsevents: 'darwin',
}

/** The locations where Node looks for a package, from the one that wants it outwards. */
function* lookupLocations(from: string, name: string): Generator<string> {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    yield `${at ? `${at}/` : ''}node_modules/${name}`
    if (!at.includes('/node_modules/')) break
  }
  if (from) yield `node_modules/${name}`
}

function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[^a-z0-9]+/).map((word) => OTHER_SPELLINGS[word] ?? word)
  const os = words.filter((word) => OPERATING_SYSTEMS.includes(word))
  const cpu = words.filter((word) => PROCESSORS.includes(word))
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') && os.includes('linux') ? ['glibc'] : []
  return { ...(cpu.length && { cpu }), ...(libc.length && { libc }), ...(os.length && { os }) }
}

let added = 0
for (const [location, wanting] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
    if ([...lookupLocations(location, name)].some((candidate) => satisfies(packages[candidate], version))) continue
    const exact = version.replace(/^[~^]/, '')
    const place = packages[`node_modules/${name}`] ? `${location}/node_modules/${name}` : `node_modules/${name}`
    packages[place] = { version: exact, ...platformOf(name), ...(wanting.dev && { dev: true }), optional: true }
    added += 1
  }
}

function satisfies(locked: LockedPackage | undefined, wanted: string): boolean {
  // A range is npm's business; only exact versions, as binary packages are wanted, are compared.
  return locked !== undefined && (/^[~^]/.test(wanted) || locked.version === wanted)
}

lockfile.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(lockfilePath, `${JSON.stringify(lockfile, null, 2)}\n`)
console.log(`${added} packages of other platforms added to package-lock.json`)
