import { PgDialect } from 'drizzle-orm/pg-core'
import { InvariantError } from '../primitives/index.ts'
import type { Statement } from './records.ts'

/** A statement as a part of a longer text, which makes one round trip of several statements. */
export interface Inline {
  text: string
  /** What the connection must have been told before: null for a text without parameters. */
  prepare: { name: string; text: string } | null
}

/** Texts beyond these are not worth the memory that every connection gives a kept plan. */
const textsAtMost = 500
const names = new Map<string, string>()
const dialect = new PgDialect()

/** Null: it has to go by itself, since there are too many different ones. Parameters must be texts, numbers or null. */
export function toInline(statement: Statement): Inline | null {
  const { sql: text, params } = dialect.sqlToQuery(statement)
  if (params.length === 0) return { text, prepare: null }
  const name = nameOf(text)
  if (!name) return null
  return { text: `execute ${name}(${params.map(literal).join(', ')})`, prepare: { name, text } }
}

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known || names.size >= textsAtMost) return known
  const name = `billhook_inline_${names.size + 1}`
  names.set(text, name)
  return name
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return `'${value}'`
  if (typeof value === 'string') return dollarQuoted(value)
  throw new InvariantError(`a ${typeof value} cannot be a parameter here`)
}

/** Nothing in it needs to be escaped, and it means the same whatever `standard_conforming_strings` is set to. */
function dollarQuoted(text: string): string {
  let tag = 'q'
  while (text.includes(`$${tag}`)) tag += 'q'
  return `$${tag}$${text}$${tag}$`
}
