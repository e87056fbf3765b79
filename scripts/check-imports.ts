import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findDomainCycles } from './domain-cycles.ts'
import {
  IMPORT_RULE,
  type ImportRow,
  KEPT_CONDITION,
  KEPT_NAMES,
  PROVIDER_NAME_PLACES,
  PROVIDER_NAMES,
  SCHEMA,
  SQL_FILES,
  SQL_PACKAGES,
} from './import-rule.ts'
import { findImports, type ImportStatement, lineAt, withoutComments } from './scan-source.ts'

export interface Finding {
  /** Inside packages/. */
  file: string
  line: number
  sentence: string
}

/** A file's import, its target a path inside packages/ (ours) or a package name (theirs). */
export interface ResolvedImport {
  file: string
  line: number
  specifier: string
  isTypeOnly: boolean
  ours?: string
  theirs?: string
}

type PublicFaces = Map<string, { directory: string; paths: string[] }>

const isTest = (file: string): boolean => /\.test\.tsx?$|\/(testing|test)\//.test(file)
const isGenerated = (file: string, source: string): boolean =>
  /\.generated\.tsx?$/.test(file) || /^\/\/.*\bgenerated\b/i.test(source)

/** Checks the sources of every package below `root` against the import rule. */
export function checkImports(root: string): Finding[] {
  const packages = join(root, 'packages')
  const faces = readPublicFaces(packages)
  const imports: ResolvedImport[] = []
  const findings: Finding[] = []
  for (const path of globSync('*/src/**/*.{ts,tsx}', { cwd: packages }).sort()) {
    const file = path.split(sep).join('/')
    if (isTest(file)) continue
    const source = readFileSync(join(packages, file), 'utf8')
    imports.push(...findImports(source).map((statement) => resolve(file, statement, faces)))
    if (!isGenerated(file, source)) findings.push(...findProviderNames(file, source))
  }
  findings.push(
    ...imports.flatMap((found) => checkAgainstTable(found, faces) ?? checkSql(found) ?? []),
    ...findDomainCycles(imports),
  )
  return findings.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}

function readPublicFaces(packages: string): PublicFaces {
  const faces: PublicFaces = new Map()
  for (const path of globSync('*/package.json', { cwd: packages })) {
    const { name, exports } = JSON.parse(readFileSync(join(packages, path), 'utf8'))
    const paths = typeof exports === 'string' ? ['.'] : Object.keys(exports ?? {})
    faces.set(name, { directory: dirname(path), paths })
  }
  return faces
}

function resolve(file: string, statement: ImportStatement, faces: PublicFaces): ResolvedImport {
  const { specifier } = statement
  if (specifier.startsWith('.')) {
    return { file, ...statement, ours: posix.normalize(posix.join(posix.dirname(file), specifier)) }
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const face = faces.get(name)
  return face ? { file, ...statement, ours: face.directory } : { file, ...statement, theirs: name }
}

function checkAgainstTable(found: ResolvedImport, faces: PublicFaces): Finding | undefined {
  const { file, line, specifier, ours, theirs } = found
  const row = IMPORT_RULE.find(({ from }) => matchPattern(from, file))
  const report = (sentence: string): Finding => ({ file, line, sentence })
  if (!row)
    return report(`no row of scripts/import-rule.ts covers this file: put it into a folder that has one, or add a row`)
  if (theirs !== undefined && row.neverPackages?.names.includes(theirs)) {
    return report(`${row.from} must not import the package ${theirs}: ${row.neverPackages.because}`)
  }
  if (ours === undefined) return undefined
  if (!specifier.startsWith('.')) return checkPublicFace(found, row, faces, report)
  if (isTest(ours)) return report(`imports ${ours}, which is for tests only`)
  if (mayImport(row, file, ours)) return undefined
  return report(`${row.from} must not import ${ours}; it may import ${list(row.may)}`)
}

const list = (patterns: string[]): string =>
  patterns.map((pattern) => pattern.replace('billhook/src/', '')).join(', ') || 'nothing of ours'

function checkPublicFace(
  { specifier, ours }: ResolvedImport,
  row: ImportRow,
  faces: PublicFaces,
  report: (sentence: string) => Finding,
): Finding | undefined {
  if (!row.may.includes(ours ?? '')) {
    return report(`${row.from} must not import the package ${specifier}; it may import ${list(row.may)}`)
  }
  const face = [...faces].find(([, { directory }]) => directory === ours)
  const wanted = `.${specifier.slice(face?.[0].length ?? 0)}`
  const isPublic = face?.[1].paths.some((path) => matchPattern(path.replace('/*', '/'), wanted))
  return isPublic
    ? undefined
    : report(`${specifier} is not a public face: ${ours}/package.json has no "${wanted}" among its exports`)
}

function mayImport(row: ImportRow, file: string, target: string): boolean {
  const name = matchPattern(row.from, file)?.groups?.name
  const own = name === undefined ? row.from : row.from.replace(/<\w+>/, name)
  const isOwn = own.endsWith('/') ? target.startsWith(own) : matchPattern(own, target) !== null
  return isOwn || row.may.some((pattern) => matchPattern(pattern, target))
}

function matchPattern(pattern: string, path: string): RegExpExecArray | null {
  const source = pattern
    .replace(/[.+?^$()|[\]\\]/g, '\\$&')
    .replace(/<\w+>/, '(?<name>[^/]+)')
    .replaceAll('*', '[^/]+')
  return new RegExp(`^${source}${pattern.endsWith('/') ? '.+' : '$'}`).exec(path)
}

function checkSql({ file, line, ours, theirs, isTypeOnly }: ResolvedImport): Finding | undefined {
  if (!file.startsWith('billhook/') || SQL_FILES.test(file)) return undefined
  const speaksSql = theirs !== undefined ? SQL_PACKAGES.includes(theirs) : !isTypeOnly && ours?.startsWith(SCHEMA)
  if (!speaksSql) return undefined
  return {
    file,
    line,
    sentence: `SQL belongs in store.ts, *-store.ts, inbox.ts, outbox/ or db/; this imports ${theirs ?? ours}`,
  }
}

function findProviderNames(file: string, source: string): Finding[] {
  if (PROVIDER_NAME_PLACES.test(file)) return []
  const inItsPath = PROVIDER_NAMES.test(file)
    ? [{ file, line: 1, sentence: 'a provider’s name in the path of shared code' }]
    : []
  const code = withoutComments(source).replace(KEPT_CONDITION, (kept) => ' '.repeat(kept.length))
  const inItsCode = [...code.matchAll(/[\w$]+/g)]
    .filter(([word]) => PROVIDER_NAMES.test(word) && !KEPT_NAMES.some((kept) => kept.test(word)))
    .filter(
      ({ index }) => !/['"][^'"\n]*\/legacy\/[^'"\n]*$/.test(code.slice(code.lastIndexOf('\n', index) + 1, index)),
    )
    .map(({ 0: word, index }) => ({
      file,
      line: lineAt(code, index),
      sentence: `"${word}" names a provider in shared code: ask for an ability, or move this into the provider's folder`,
    }))
  return [...inItsPath, ...inItsCode]
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const findings = checkImports(root)
  for (const { file, line, sentence } of findings)
    console.error(`${relative('', join(root, 'packages', file))}:${line} ${sentence}`)
  if (findings.length > 0) process.exitCode = 1
}
