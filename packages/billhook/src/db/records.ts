import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import { InvariantError } from '../primitives/index.ts'

// Statements over any number of rows whose text never changes: the rows travel as one JSON parameter. The database plans each text once a
// connection, and a thousand rows cost one round trip.

/** One statement, or a part of one. */
export type Statement = SQL

interface TableNames {
  table: string
  /** By their names here. */
  columns: Map<string, PgColumn>
}

const known = new WeakMap<PgTable, TableNames>()

function namesOf(table: PgTable): TableNames {
  const found = known.get(table)
  if (found) return found
  const { schema, name } = getTableConfig(table)
  const names = { table: `${schema}.${name}`, columns: new Map(Object.entries(getTableColumns(table))) }
  known.set(table, names)
  return names
}

/** Rows of one shape, as the database's own names write them. */
function toRecords(table: PgTable, rows: ReadonlyArray<Record<string, unknown>>, keys: readonly string[]): string {
  const { columns } = namesOf(table)
  const names = keys.map((key) => [key, columns.get(key)?.name ?? key] as const)
  // Built key by key, all rows have one shape, which is written as JSON sooner.
  const recordOf = (row: Record<string, unknown>): Record<string, unknown> => {
    const record: Record<string, unknown> = {}
    for (const [key, name] of names) record[name] = row[key] ?? null
    return record
  }
  return JSON.stringify(rows.map(recordOf))
}

const listOf = (table: PgTable, keys: readonly string[]): string[] =>
  keys.map((key) => {
    const column = namesOf(table).columns.get(key)
    if (!column) throw new InvariantError(`table ${namesOf(table).table} has no column ${key}`)
    return column.name
  })

const recordset = (table: PgTable, rows: ReadonlyArray<Record<string, unknown>>, keys: readonly string[]): SQL =>
  sql`json_populate_recordset(${sql.raw(`null::${namesOf(table).table}`)}, ${toRecords(table, rows, keys)}::json)`

/** A list as Postgres writes one. */
export function arrayText(values: ReadonlyArray<string | number | null>): string {
  const json = JSON.stringify(values)
  // Both escape quotes and backslashes alike, and JSON alone has names for what cannot be seen.
  const list = /\\[^"\\]/.test(json) ? values.map(listed).join() : json.slice(1, -1)
  return `{${list}}`
}

const listed = (value: string | number | null): string =>
  typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)

type RowOf<T extends PgTable> = T['$inferInsert']
type KeyOf<T extends PgTable> = keyof T['$inferInsert'] & string

/** What every row of a statement says: all have the keys of the first. */
const keysOf = <T extends PgTable>(table: T, rows: ReadonlyArray<RowOf<T>>): string[] => {
  const { columns } = namesOf(table)
  return Object.keys(rows[0] ?? {}).filter((key) => isWritable(columns.get(key)))
}

const isWritable = (column: PgColumn | undefined): boolean =>
  column !== undefined && column.generated === undefined && column.generatedIdentity === undefined

/** `insert into T (...) select ...`, for one part of a statement or a statement of its own. At least one row. */
export function insertRecords<T extends PgTable>(
  table: T,
  rows: ReadonlyArray<RowOf<T>>,
  /** What to do where a row of this unique key is there already: change these columns of it, or (none) leave it alone. */
  conflict?: { target: ReadonlyArray<KeyOf<T>>; set: ReadonlyArray<KeyOf<T>> },
): SQL {
  const keys = keysOf(table, rows)
  const names = listOf(table, keys).join(', ')
  const insert = sql`insert into ${sql.raw(`${namesOf(table).table} (${names}) select ${names} from`)} ${recordset(table, rows, keys)}`
  return conflict ? sql`${insert} ${sql.raw(conflictText(table, conflict))}` : insert
}

function conflictText<T extends PgTable>(
  table: T,
  { target, set }: { target: ReadonlyArray<KeyOf<T>>; set: ReadonlyArray<KeyOf<T>> },
): string {
  const changes = listOf(table, set).map((name) => `${name} = excluded.${name}`)
  const action = changes.length === 0 ? 'do nothing' : `do update set ${changes.join(', ')}`
  return `on conflict (${listOf(table, target).join(', ')}) ${action}`
}

/** Changes rows by their id: all of them get the same columns. At least one row. */
export function updateRecords<T extends PgTable>(
  table: T,
  rows: ReadonlyArray<Partial<RowOf<T>> & { id: string; organizationId: string }>,
): SQL {
  const keys = keysOf(table, rows as ReadonlyArray<RowOf<T>>)
  const changes = listOf(
    table,
    keys.filter((key) => key !== 'id' && key !== 'organizationId'),
  ).map((name) => `${name} = r.${name}`)
  return sql`${sql.raw(`update ${namesOf(table).table} t set ${changes.join(', ')} from`)} ${recordset(table, rows, keys)} r
    where t.organization_id = r.organization_id and t.id = r.id`
}

/** A row of a table as `to_jsonb` shows it. */
export function rowFromRecord<T extends PgTable>(table: T, record: Record<string, unknown>): T['$inferSelect'] {
  const row: Record<string, unknown> = {}
  for (const [key, column] of namesOf(table).columns) row[key] = fromJson(column, record[column.name])
  return row as T['$inferSelect']
}

function fromJson(column: PgColumn, value: unknown): unknown {
  if (value === null || value === undefined) return null
  return column.dataType === 'date' ? new Date(String(value)) : value
}

/** Several writes as one statement: each sees the rows as they were before all of them. */
export const together = (writes: readonly SQL[]): SQL =>
  sql`with ${sql.join(
    writes.map((write, n) => sql`${sql.raw(`write_${n} as (`)}${write})`),
    sql`, `,
  )} select 1`
