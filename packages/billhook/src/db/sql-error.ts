const find = (error: unknown, key: 'code' | 'constraint'): string | undefined => {
  // drizzle wraps the driver's error in `cause`.
  for (let current = error; current instanceof Error; current = current.cause) {
    const value: unknown = Reflect.get(current, key)
    if (typeof value === 'string' && (key !== 'code' || /^[0-9A-Z]{5}$/.test(value))) return value
  }
  return undefined
}

/** The five characters of SQLSTATE, if the error came from the database. */
export const sqlState = (error: unknown): string | undefined => find(error, 'code')

export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  sqlState(error) === '23505' && (constraint === undefined || find(error, 'constraint') === constraint)

/** Text that Postgres cannot keep: a NUL character, plain or escaped in JSON, or half of a surrogate pair. */
export const isUnstorableText = (error: unknown): boolean => ['22021', '22P05'].includes(sqlState(error) ?? '')

const connectionCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND'])
const connectionWords =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|after calling end on the pool|PGlite is closed/i

/** The database is gone or going: nothing was decided, and the same call may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const state = sqlState(error)
  if (state && (state.startsWith('08') || state.startsWith('57P') || state.startsWith('53'))) return true
  for (let current = error; current instanceof Error; current = current.cause) {
    const code: unknown = Reflect.get(current, 'code')
    if (typeof code === 'string' && connectionCodes.has(code) && Reflect.get(current, 'syscall') !== 'open') return true
    if (connectionWords.test(current.message)) return true
    if (current instanceof AggregateError && current.errors.some(isDatabaseUnavailable)) return true
  }
  return false
}
