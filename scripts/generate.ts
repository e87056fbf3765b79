// `npm run generate` brings the generated files up to date; `--check` only says which are stale.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { generatedTexts } from './generated-texts.ts'
import { root, runNode } from './run-step.ts'

const MIGRATIONS = 'packages/billhook/src/db/migrations'
const SCHEMA = 'packages/billhook/src/db/schema/index.ts'

/** Writes the migration that the schema asks for, if it asks for one, and answers its name. */
async function generateMigration(directory: string): Promise<string[]> {
  const before = new Set(await readdir(resolve(root, directory)))
  // drizzle-kit puts "./" before the path, whatever it is: an absolute one would end up below the project.
  const out = relative(root, resolve(root, directory))
  const args = ['--dialect=postgresql', `--schema=${SCHEMA}`, `--out=${out}`]
  const { isOk, output } = await runNode(['node_modules/drizzle-kit/bin.cjs', 'generate', ...args])
  // It answers 0 for some errors too, a question that nobody can answer here among them.
  if (!isOk || !/No schema changes|migration file|\.sql/.test(output))
    throw new Error(`drizzle-kit generate failed:\n${output}`)
  return (await readdir(resolve(root, directory))).filter((name) => !before.has(name))
}

async function findStaleMigrations(): Promise<string[]> {
  const copy = mkdtempSync(join(tmpdir(), 'billhook-migrations-'))
  try {
    cpSync(join(root, MIGRATIONS), copy, { recursive: true })
    const added = await generateMigration(copy)
    return added.map(
      (name) => `${MIGRATIONS} lacks a migration for the schema as it is now (drizzle-kit would add ${name})`,
    )
  } finally {
    rmSync(copy, { recursive: true })
  }
}

async function findStaleTexts(): Promise<string[]> {
  const stale: string[] = []
  for (const { file, make } of generatedTexts) {
    if (readOrEmpty(file) !== (await make())) stale.push(`${file} is not what its source would give now`)
  }
  return stale
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

if (process.argv.includes('--check')) {
  const stale = [...(await findStaleMigrations()), ...(await findStaleTexts())]
  for (const sentence of stale) console.error(`${sentence}: run npm run generate`)
  if (stale.length > 0) process.exitCode = 1
} else {
  const added = await generateMigration(MIGRATIONS)
  console.log(added.length > 0 ? `new migration: ${added.join(', ')}` : 'migrations: up to date')
  for (const { file, make } of generatedTexts) {
    writeFileSync(join(root, file), await make())
    console.log(`written: ${file}`)
  }
}
