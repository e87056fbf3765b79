import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Database, Drizzle } from '../packages/billhook/src/db/database.ts'
import { rowsOf, type Statement } from '../packages/billhook/src/db/index.ts'
import { nameStatements } from '../packages/billhook/src/db/named-statements.ts'

/** What Postgres did for one statement, and what it cost. */
export interface Explained {
  text: string
  ms: number
  /** Pages of 8 kB that were looked at or changed, in memory or not. */
  buffers: number
  /** How each table was looked at, the index named. */
  nodes: string[]
}

export interface ExplainedDatabase {
  database: Database
  /** Statements since the last call of this. */
  take(): Explained[]
}

interface PlanNode {
  'Node Type': string
  'Index Name'?: string
  'Relation Name'?: string
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: PlanNode[]
}

/** The library's way to its database over a single connection, which says how it ran each statement. */
export async function openExplained(url: string): Promise<ExplainedDatabase> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_analyze = on;
    set auto_explain.log_buffers = on; set auto_explain.log_format = json; set auto_explain.log_level = notice`)
  // Plans are kept as the service keeps them: what is told is the plan of the tenth time, not of the first.
  nameStatements(client)
  let explained: Explained[] = []
  client.on('notice', ({ message = '' }) => {
    const read = readNotice(message)
    if (read) explained.push(read)
  })
  const database: Database = {
    kind: 'postgres',
    drizzle: drizzle(client) as unknown as Drizzle,
    transaction: async (opening, work) => {
      const tx = drizzle(client) as unknown as Drizzle
      const opened: unknown[][] = []
      const closing: Statement[] = []
      await client.query('begin')
      for (const statement of opening) opened.push(await rowsOf(tx.execute(statement)))
      const result = await work(tx, { opened, closing })
      for (const statement of closing) await tx.execute(statement)
      await client.query('commit')
      return result
    },
    ping: async () => void (await client.query('select 1')),
    close: () => client.end(),
  }
  return {
    database,
    take: () => {
      const taken = explained
      explained = []
      return taken
    },
  }
}

function readNotice(message: string): Explained | null {
  const found = /^duration: ([\d.]+) ms\s+plan:\s+(\{[\s\S]*\})$/.exec(message)
  if (!found) return null
  const { 'Query Text': text, Plan } = JSON.parse(found[2] ?? '') as { 'Query Text': string; Plan: PlanNode }
  const buffers = (Plan['Shared Hit Blocks'] ?? 0) + (Plan['Shared Read Blocks'] ?? 0)
  return { text, ms: Number(found[1]), buffers, nodes: [...new Set(nodesOf(Plan))] }
}

const nodesOf = (node: PlanNode): string[] => {
  const place = node['Index Name'] ?? node['Relation Name']
  const isLook = / Scan$/.test(node['Node Type']) && node['Node Type'] !== 'Bitmap Heap Scan' && place !== undefined
  const own = isLook ? [`${node['Node Type']} ${place}`] : /Sort/.test(node['Node Type']) ? [node['Node Type']] : []
  return [...own, ...(node.Plans ?? []).flatMap(nodesOf)]
}
