import { invalid } from '../primitives/index.ts'

/** A page of a list, newest first unless its action says otherwise. `nextCursor` is null at the end. */
export interface Paged<T> {
  data: T[]
  nextCursor: string | null
}

export interface PageInput {
  /** 1 to 100; 20 when absent. */
  limit?: number | undefined
  cursor?: string | null | undefined
}

export const pageLimit = (page: PageInput): number => Math.min(Math.max(page.limit ?? 20, 1), 100)

/** Cursors are ids or positions of the last row shown, so that rows that arrive meanwhile shift nothing. */
export const encodeCursor = (value: string): string => Buffer.from(value).toString('base64url')

export function decodeCursor(page: PageInput): string | null {
  if (!page.cursor) return null
  const value = Buffer.from(page.cursor, 'base64url').toString()
  if (encodeCursor(value) !== page.cursor) throw invalid('invalid_cursor', 'This cursor is not one that we gave.')
  return value
}

/** Takes limit + 1 rows and makes the page of them. */
export function pageOf<Row, T>(
  rows: Row[],
  page: PageInput,
  view: (row: Row) => T,
  key: (row: Row) => string,
): Paged<T> {
  const limit = pageLimit(page)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { data: shown.map(view), nextCursor: rows.length > limit && last ? encodeCursor(key(last)) : null }
}
