import { getTableColumns } from 'drizzle-orm'
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import { InvariantError } from '../primitives/index.ts'
import { arrayLiteral } from './array-literal.ts'
import { apart, nameOf, PreparedStatement, templateOf } from './prepared.ts'

// Statements over any number of rows whose text never changes: each column travels as one array. The database plans each text once a
// connection, and a thousand rows cost one round trip. Arrays, because Postgres takes longer to read a JSON of the same rows.

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

function columnOf(table: PgTable, key: string): PgColumn {
  const column = namesOf(table).columns.get(key)
  if (!column) throw new InvariantError(`table ${namesOf(table).table} has no column ${key}`)
  return column
}

const listOf = (table: PgTable, keys: readonly string[]): string[] => keys.map((key) => columnOf(table, key).name)

type Row = Record<string, unknown>

/** The rows of a table as a part of a statement: `unnest(...) as r(id, ...)`. At least one row. */
export function recordset(table: PgTable, rows: readonly Row[], keys: readonly string[]): PreparedStatement {
  const columns = keys.map((key) => columnOf(table, key))
  return arrays(
    columns.map((column) => [column.name, column.getSQLType()]),
    columns.map((column, n) =>
      arrayLiteral(
        rows.map((row) => row[keys[n] ?? '']),
        column.dataType === 'json',
      ),
    ),
  )
}

/** The same of columns that no table has together. */
export function records(columns: Record<string, string>, rows: readonly Row[]): PreparedStatement {
  const named = Object.entries(columns)
  return arrays(
    named,
    named.map(([name, type]) =>
      arrayLiteral(
        rows.map((row) => row[name]),
        type === 'jsonb',
      ),
    ),
  )
}

function arrays(columns: ReadonlyArray<readonly [name: string, type: string]>, values: string[]): PreparedStatement {
  const names = columns.map(([name]) => name).join(', ')
  const template = templateOf(`unnest ${columns.join()}`, () => [
    'unnest(',
    ...columns.map(([, type], n) => (n < columns.length - 1 ? `::${type}[], ` : `::${type}[]) as r(${names})`)),
  ])
  return new PreparedStatement(template, values)
}

type RowOf<T extends PgTable> = T['$inferInsert']
type KeyOf<T extends PgTable> = keyof T['$inferInsert'] & string

/** What every row of a statement says: all have the keys of the first, or what another one says besides would be lost. */
const keysOf = (table: PgTable, rows: readonly Row[]): string[] => {
  const { table: name, columns } = namesOf(table)
  const [first = {}] = rows
  for (const row of rows)
    for (const key in row)
      if (!(key in first)) throw new InvariantError(`a row of ${name} says ${key}, and the first one does not`)
  return Object.keys(first).filter((key) => isWritable(columns.get(key)))
}

const isWritable = (column: PgColumn | undefined): boolean =>
  column !== undefined && column.generated === undefined && column.generatedIdentity === undefined

/** `insert into T (...) select ...`, for one part of a statement or a statement of its own. At least one row. */
export function insertRecords<T extends PgTable>(
  table: T,
  rows: ReadonlyArray<RowOf<T>>,
  /** What to do where a row of this unique key is there already: change these columns of it, or (none) leave it alone. */
  conflict?: Conflict<T>,
): PreparedStatement {
  const keys = keysOf(table, rows)
  const names = listOf(table, keys).join(', ')
  const insert = `insert into ${namesOf(table).table} (${names}) select ${names} from `
  return around(insert, recordset(table, rows, keys), conflict ? ` ${conflictText(table, conflict)}` : '')
}

/** Which unique key, and what of its row. */
interface Conflict<T extends PgTable> {
  target: ReadonlyArray<KeyOf<T>>
  set: ReadonlyArray<KeyOf<T>>
}

function conflictText<T extends PgTable>(table: T, { target, set }: Conflict<T>): string {
  const changes = listOf(table, set).map((name) => `${name} = excluded.${name}`)
  const action = changes.length === 0 ? 'do nothing' : `do update set ${changes.join(', ')}`
  return `on conflict (${listOf(table, target).join(', ')}) ${action}`
}

/** Changes rows by their id: all of them get the same columns. At least one row. */
export function updateRecords<T extends PgTable>(
  table: T,
  rows: ReadonlyArray<Partial<RowOf<T>> & { id: string; organizationId: string }>,
): PreparedStatement {
  const keys = keysOf(table, rows)
  const changed = keys.filter((key) => key !== 'id' && key !== 'organizationId')
  const changes = listOf(table, changed).map((name) => `${name} = r.${name}`)
  const update = `update ${namesOf(table).table} t set ${changes.join(', ')} from `
  return around(update, recordset(table, rows, keys), ' where t.organization_id = r.organization_id and t.id = r.id')
}

function around(before: string, rows: PreparedStatement, after: string): PreparedStatement {
  const whole = templateOf([before, nameOf(rows), after].join(apart), () => {
    const [first = '', ...rest] = rows.template.parts
    return [`${before}${first}`, ...rest.slice(0, -1), `${rest.at(-1)}${after}`]
  })
  return new PreparedStatement(whole, rows.values)
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
