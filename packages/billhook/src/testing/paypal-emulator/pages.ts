import { invalidQuery } from './api-error.ts'
import type { EmulatorContext } from './emulator-context.ts'

export const pageParameters = ['page_size', 'page', 'total_required']

interface Paged<T> {
  items: T[]
  /** Totals, where asked for, and links. */
  rest: Record<string, unknown>
}

/** One page by number, 1 to 20 entries, 10 by default, in the order given. */
export function pageOf<T>(context: EmulatorContext, all: readonly T[], query: URLSearchParams, path: string): Paged<T> {
  const size = numberOf(query, 'page_size', 10, 20)
  const page = numberOf(query, 'page', 1, 100_000)
  const pages = Math.ceil(all.length / size)
  const linkTo = (rel: string, to: number) => {
    const target = new URLSearchParams(query)
    target.set('page', String(to))
    target.set('page_size', String(size))
    return { href: `${context.baseUrl}${path}?${target}`, rel, method: 'GET' }
  }
  return {
    items: all.slice((page - 1) * size, page * size),
    rest: {
      ...(query.get('total_required') === 'true' && { total_items: all.length, total_pages: pages }),
      links: [linkTo('self', page), ...(page < pages ? [linkTo('next', page + 1)] : [])],
    },
  }
}

function numberOf(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const given = query.get(name)
  if (given === null) return fallback
  const number = Number(given)
  if (!/^\d+$/.test(given) || number < 1 || number > most) throw invalidQuery(name, 'INVALID_PARAMETER_VALUE', given)
  return number
}
