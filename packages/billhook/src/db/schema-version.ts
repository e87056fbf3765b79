import { readFile } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { rowsOf } from './scope.ts'

interface Journal {
  entries: Array<{ when: number }>
}

/** Whether the database has every migration that this version of the code knows. */
export async function isSchemaCurrent(db: Database): Promise<boolean> {
  const text = await readFile(new URL('./migrations/meta/_journal.json', import.meta.url), 'utf8')
  const { entries }: Journal = JSON.parse(text)
  const newest = Math.max(...entries.map((entry) => entry.when))
  const [row] = await rowsOf<{ applied: string | number | null }>(
    db.drizzle.execute(sql`select max(created_at) as applied from billhook.migrations`),
  )
  return Number(row?.applied ?? 0) >= newest
}
