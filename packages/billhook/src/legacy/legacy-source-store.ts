import pg from 'pg'
import { conflict, errorMessage } from '../primitives/index.ts'
import {
  type LegacyField,
  type LegacyMapping,
  type LegacyRow,
  type LegacyTable,
  legacyFields,
  requiredFields,
} from './import-mapping.ts'

interface Column {
  name: string
  /** Postgres' name of the type: `int8`, `uuid`, `numeric`. */
  type: string
}

interface Table {
  /** As the report names it. */
  name: string
  from: string
  columns: Partial<Record<string, Column>>
}

export interface Duplicate {
  value: string
  /** Newest first. */
  rows: Array<{ id: string; organizationId: string | null }>
}

/**
 * The old application's database, read in one repeatable-read snapshot that can write nothing. Errors:
 * `legacy_source_unavailable`, `legacy_table_missing`, `legacy_mapping_incomplete` (409), and what Postgres says.
 */
export class LegacySource {
  readonly #client: pg.Client
  readonly #tables: { [T in LegacyTable]?: Table }

  private constructor(client: pg.Client, tables: { [T in LegacyTable]?: Table }) {
    this.#client = client
    this.#tables = tables
  }

  static async open(url: string, mapping: LegacyMapping): Promise<LegacySource> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'billhook import',
      connectionTimeoutMillis: 5_000,
      options: '-c default_transaction_read_only=on -c timezone=UTC',
    })
    await client.connect().catch((error: unknown) => {
      // Its message names neither user nor password.
      throw conflict('legacy_source_unavailable', `The old database cannot be read: ${errorMessage(error)}.`)
    })
    try {
      await client.query('begin isolation level repeatable read read only')
      return new LegacySource(client, await findTables(client, mapping))
    } catch (error) {
      await client.end()
      throw error
    }
  }

  /** Ending the session ends the snapshot. */
  close(): Promise<void> {
    return this.#client.end()
  }

  nameOf(table: LegacyTable): string {
    return this.#tables[table]?.name ?? table
  }

  has(table: LegacyTable): boolean {
    return this.#tables[table] !== undefined
  }

  /** Whether the column holds decimals, by its type. */
  isDecimal<T extends LegacyTable>(table: T, field: LegacyField<T>): boolean {
    return !/^int[248]$/.test(this.#tables[table]?.columns[field]?.type ?? 'int8')
  }

  plans(): Promise<Array<LegacyRow<'plans'>>> {
    const table = this.#need('plans')
    return this.#read('plans', `select ${selection('plans', table)} from ${table.from} order by ${column(table, 'id')}`)
  }

  /** Every organization that a row names, in an order that is the same every time. */
  async organizationIds(): Promise<string[]> {
    const parts = (['subscriptions', 'invoices'] as const).map((name) => {
      const table = this.#need(name)
      return `select ${column(table, 'organizationId')}::text as id from ${table.from}`
    })
    const { rows } = await this.#client.query<{ id: string }>(
      `select id from (${parts.join(' union ')}) ids where id is not null order by id collate "C"`,
    )
    return rows.map((row) => row.id)
  }

  /** The rows of these organizations; of the organizations table, their own. */
  rowsOf<T extends 'subscriptions' | 'invoices' | 'organizations'>(
    name: T,
    ids: string[],
  ): Promise<Array<LegacyRow<T>>> {
    const table = this.#need(name)
    const key = name === 'organizations' ? 'id' : 'organizationId'
    const type = table.columns[key]?.type ?? 'text'
    const where = `${column(table, key)} = any($1::${pg.escapeIdentifier(type)}[])`
    return this.#read(
      name,
      `select ${selection(name, table)} from ${table.from} where ${where} order by ${column(table, 'id')}`,
      [ids],
    )
  }

  /** Rows that belong to no organization. */
  strays(name: 'subscriptions' | 'invoices'): Promise<Array<{ id: string }>> {
    const table = this.#need(name)
    return this.#client
      .query<{ id: string }>(
        `select ${column(table, 'id')}::text as id from ${table.from} where ${column(table, 'organizationId')} is null order by 1`,
      )
      .then(({ rows }) => rows)
  }

  /** Values that should be there once and are not; of `acrossOrganizations`, only those that several organizations have. */
  async duplicates<T extends LegacyTable>(
    name: T,
    field: LegacyField<T>,
    { acrossOrganizations = false } = {},
  ): Promise<Map<string, Duplicate>> {
    const table = this.#need(name)
    const value = column(table, field)
    const owner = table.columns.organizationId ? column(table, 'organizationId') : 'null'
    const many = acrossOrganizations ? `count(distinct ${owner}) > 1` : 'count(*) > 1'
    const newest = table.columns.updatedAt ? `${column(table, 'updatedAt')} desc nulls last, ` : ''
    const { rows } = await this.#client.query<{ value: string; id: string; organizationId: string | null }>(
      `select ${value}::text as value, ${column(table, 'id')}::text as id, ${owner}::text as "organizationId" from ${table.from}
       where ${value} in (select ${value} from ${table.from} where ${value} is not null group by 1 having ${many})
       order by 1, ${newest}${column(table, 'id')} desc`,
    )
    const found = new Map<string, Duplicate>()
    for (const { value: key, ...row } of rows) {
      const duplicate = found.get(key) ?? { value: key, rows: [] }
      duplicate.rows.push(row)
      found.set(key, duplicate)
    }
    return found
  }

  #need(name: LegacyTable): Table {
    const table = this.#tables[name]
    if (!table) throw conflict('legacy_table_missing', `The source has no table of ${name}.`)
    return table
  }

  async #read<T extends LegacyTable>(name: T, sql: string, values: unknown[] = []): Promise<Array<LegacyRow<T>>> {
    const { rows } = await this.#client.query<Record<string, string | null>>(sql, values)
    const empty = Object.fromEntries(Object.keys(legacyFields[name]).map((field) => [field, null]))
    // The statement names its columns after the fields, each cast to text.
    return rows.map((row) => ({ ...empty, ...row })) as Array<LegacyRow<T>>
  }
}

const column = (table: Table, field: string): string => pg.escapeIdentifier(table.columns[field]?.name ?? field)

const isTime = (type: string): boolean => /^(timestamp|timestamptz|date)$/.test(type)

/** Everything as text: ids of any type stay whole, and amounts meet no float. Times without a zone are UTC. */
const selection = (name: LegacyTable, table: Table): string =>
  Object.keys(legacyFields[name])
    .flatMap((field) => {
      const found = table.columns[field]
      if (!found) return []
      const value = pg.escapeIdentifier(found.name)
      const text = isTime(found.type)
        ? `to_char(case when isfinite(${value}) then ${value}::timestamptz end, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
        : `${value}::text`
      return [`${text} as ${pg.escapeIdentifier(field)}`]
    })
    .join(', ')

async function findTables(client: pg.Client, mapping: LegacyMapping): Promise<{ [T in LegacyTable]?: Table }> {
  const plans = await findTable(client, mapping, 'plans', mapping.plans)
  const subscriptions = await findTable(client, mapping, 'subscriptions', mapping.subscriptions)
  const invoices = await findTable(client, mapping, 'invoices', mapping.invoices)
  const named = mapping.organizations ?? (await findReferenced(client, mapping, subscriptions))
  return {
    plans,
    subscriptions,
    invoices,
    ...(named && { organizations: await findTable(client, mapping, 'organizations', named) }),
  }
}

async function findTable(
  client: pg.Client,
  { schema: fallback }: LegacyMapping,
  name: LegacyTable,
  wanted: { table: string; columns: Record<string, string> },
): Promise<Table> {
  const [schema, table] = wanted.table.includes('.') ? splitName(wanted.table) : [fallback, wanted.table]
  const { rows } = await client.query<Column>(
    'select column_name as name, udt_name as type from information_schema.columns where table_schema = $1 and table_name = $2',
    [schema, table],
  )
  const where = `${schema}.${table}`
  if (rows.length === 0)
    throw conflict('legacy_table_missing', `The source has no table ${where}, or its user may not read it.`)
  const there = new Map(rows.map((row) => [row.name, row]))
  const columns: Table['columns'] = {}
  const usual: Record<string, readonly string[]> = legacyFields[name]
  for (const [field, candidates] of Object.entries(usual)) {
    const given = wanted.columns[field]
    const found = (given ? [given] : candidates).find((candidate) => there.has(candidate))
    if (given && !found)
      throw conflict('legacy_mapping_incomplete', `${where} has no column "${given}" for ${name}.${field}.`)
    if (found) columns[field] = there.get(found)
  }
  const missing = requiredFields[name].filter((field) => !columns[field])
  if (missing.length > 0)
    throw conflict(
      'legacy_mapping_incomplete',
      `Which columns of ${where} are ${missing.join(', ')}? Name them in the mapping under "${name}.columns".`,
    )
  return { name: table, from: `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`, columns }
}

const splitName = (name: string): [string, string] => {
  const point = name.indexOf('.')
  return [name.slice(0, point), name.slice(point + 1)]
}

/** The table that the subscriptions' organization column refers to. */
async function findReferenced(client: pg.Client, { schema }: LegacyMapping, subscriptions: Table) {
  const { rows } = await client.query<{ table: string; id: string }>(
    `select n.nspname || '.' || c.relname as table, f.attname as id
     from pg_constraint k
     join pg_class c on c.oid = k.confrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
     where k.contype = 'f' and array_length(k.conkey, 1) = 1 and k.conrelid = $1::regclass and a.attname = $2`,
    [subscriptions.from, subscriptions.columns.organizationId?.name],
  )
  const [found] = rows
  return found
    ? { table: found.table.includes('.') ? found.table : `${schema}.${found.table}`, columns: { id: found.id } }
    : null
}
