import type { ClientBase } from 'pg'

/** Texts beyond these are not worth the memory that every connection gives a kept plan. */
const textsAtMost = 500

const names = new Map<string, string>()
const seenOnce = new Set<string>()

/** A name from the second time on; null for what is new, or too much. */
function nameOf(text: string): string | undefined {
  const name = names.get(text)
  if (name || names.size >= textsAtMost) return name
  if (!seenOnce.has(text)) {
    if (seenOnce.size >= textsAtMost) seenOnce.clear()
    seenOnce.add(text)
    return undefined
  }
  seenOnce.delete(text)
  const given = `billhook_${names.size + 1}`
  names.set(text, given)
  return given
}

interface Statement {
  text: string
  name?: string
}

const isStatement = (query: unknown): query is Statement =>
  typeof query === 'object' &&
  query !== null &&
  'text' in query &&
  typeof query.text === 'string' &&
  !('submit' in query)

/**
 * Lets a connection keep the plans of what it is asked again and again: planning costs Postgres more than running most of these statements.
 * Behind a pooler that hands one connection to many (PgBouncer before 1.21, in transaction mode) names do not work.
 */
export function nameStatements(client: ClientBase): void {
  const query = client.query
  const named = (first: unknown, ...rest: unknown[]): unknown =>
    Reflect.apply(query, client, [
      isStatement(first) && !first.name ? { ...first, name: nameOf(first.text) } : first,
      ...rest,
    ])
  Reflect.set(client, 'query', named)
}
