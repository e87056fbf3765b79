import { SQL, StringChunk, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'

/** A statement, or a part of one. */
export type Statement = SQL

/** What a statement says without its values: one stands between each part and the next. */
export interface Template {
  readonly text: string
  readonly parts: readonly string[]
  /** What a connection calls it once it has planned it; null for what is not worth a plan. */
  readonly name: string | null
}

/** Templates beyond these are not worth the memory that every connection gives a kept plan. */
const templatesAtMost = 500
const templates = new Map<string, Template>()

/** The template of a key, which stands for its text and is shorter. */
export function templateOf(key: string, partsOf: () => readonly string[]): Template {
  const known = templates.get(key)
  if (known) return known
  const parts = partsOf()
  const text = parts.reduce((before, part, n) => `${before}$${n}${part}`)
  const isKept = templates.size < templatesAtMost
  const template = { text, parts, name: isKept ? `billhook_template_${templates.size + 1}` : null }
  if (isKept) templates.set(key, template)
  return template
}

/** A statement whose text nobody has to build again, as drizzle would each time. drizzle takes it like any other. */
export class PreparedStatement extends SQL {
  readonly template: Template
  readonly values: readonly unknown[]

  constructor(template: Template, values: readonly unknown[]) {
    super([])
    this.template = template
    this.values = values
    for (const [n, part] of template.parts.entries()) {
      if (n > 0) this.queryChunks.push(sql.param(values[n - 1]))
      this.queryChunks.push(new StringChunk(part))
    }
  }
}

const dialect = new PgDialect()

export function prepare(statement: Statement): PreparedStatement {
  if (statement instanceof PreparedStatement) return statement
  const { sql: text, params } = dialect.sqlToQuery(statement)
  // A command without values is planned in no time, and may be another each time: it would take the place of what is worth one.
  if (params.length === 0) return new PreparedStatement({ text, parts: [text], name: null }, [])
  const template = templateOf(text, () => text.split(/\$\d+/))
  return new PreparedStatement(template, params)
}

/** `sql` for what is executed all the time: what is not a prepared part is a value. Its texts are the same every time. */
export function prepared(texts: TemplateStringsArray, ...values: readonly unknown[]): PreparedStatement {
  const parts = values.map((value) => (value instanceof PreparedStatement ? value : null))
  return composed(texts, parts, values)
}

/** A part without values. */
export const text = (part: string): PreparedStatement =>
  new PreparedStatement(
    templateOf(part, () => [part]),
    [],
  )

/** Several writes as one statement: each sees the rows as they were before all of them. */
export function together(writes: readonly Statement[]): PreparedStatement {
  const texts = writes.map((_, n) => `${n === 0 ? 'with' : '),'} write_${n} as (`)
  return composed([...texts, ') select 1'], writes.map(prepare), [])
}

/** No SQL holds a NUL, so no two lists of texts and parts have one key. */
export const apart = '\0'

/** Between each two texts stands a part with values of its own, or (null) the value of the same place. */
function composed(
  texts: readonly string[],
  parts: ReadonlyArray<PreparedStatement | null>,
  values: readonly unknown[],
): PreparedStatement {
  const names = parts.map((part) => part && nameOf(part))
  const template = templateOf([...texts, ...names].join(apart), () => {
    const [first = '', ...rest] = texts
    const all = [first]
    for (const [n, text] of rest.entries()) splice(all, parts[n]?.template.parts ?? ['', ''], text)
    return all
  })
  return new PreparedStatement(
    template,
    parts.flatMap((part, n) => (part ? part.values : [values[n]])),
  )
}

/** What tells a part from others in a key. */
export const nameOf = ({ template }: PreparedStatement): string => template.name ?? template.text

function splice(all: string[], [first = '', ...rest]: readonly string[], after: string): void {
  all[all.length - 1] += first
  all.push(...rest)
  all[all.length - 1] += after
}
