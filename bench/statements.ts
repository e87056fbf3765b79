import type pg from 'pg'

export interface StatementCost {
  callsPerEvent: number
  executionUs: number
  /** Without parsing and rewriting. */
  planningUs: number
  text: string
}

const text = `select calls::float8 as calls, total_exec_time as execution, total_plan_time as planning, query from pg_stat_statements
  where dbid = (select oid from pg_database where datname = current_database()) order by total_exec_time + total_plan_time desc limit 60`

/** What pg_stat_statements saw in the watcher's database, per event. */
export async function statementCosts(watcher: pg.Client, events: number): Promise<StatementCost[]> {
  await watcher.query('create extension if not exists pg_stat_statements')
  const { rows } = await watcher.query<{ calls: number; execution: number; planning: number; query: string }>(text)
  return rows.map(({ calls, execution, planning, query }) => ({
    callsPerEvent: calls / events,
    executionUs: (execution * 1000) / events,
    planningUs: (planning * 1000) / events,
    text: query.replace(/\s+/g, ' '),
  }))
}
