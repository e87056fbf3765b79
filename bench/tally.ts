import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** What a database has done so far. */
export interface Tally {
  inserted: number
  updated: number
  deleted: number
  commits: number
}

const text = `select pg_stat_get_db_tuples_inserted(oid)::float8 as inserted, pg_stat_get_db_tuples_updated(oid)::float8 as updated,
  pg_stat_get_db_tuples_deleted(oid)::float8 as deleted, pg_stat_get_db_xact_commit(oid)::float8 as commits
  from pg_database where datname = current_database()`

/** Of the watcher's database. Sessions report when they end, or a while after their work. */
export async function readTally(watcher: pg.Client): Promise<Tally> {
  await watcher.query('select pg_stat_force_next_flush()')
  await sleep(200)
  const { rows } = await watcher.query<Tally>(text)
  return rows[0] ?? { inserted: 0, updated: 0, deleted: 0, commits: 0 }
}

export function perEvent(before: Tally, after: Tally, events: number): Tally {
  const of = (key: keyof Tally): number => (after[key] - before[key]) / events
  return { inserted: of('inserted'), updated: of('updated'), deleted: of('deleted'), commits: of('commits') }
}
