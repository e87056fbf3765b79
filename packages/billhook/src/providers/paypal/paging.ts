import { PaymentProviderError } from '../provider-error.ts'
import { type Links, linkTo } from './wire-fields.ts'

/** PayPal's most for a page. */
const mostPerPage = 20

export interface PageNumber {
  page: number
  pageSize: number
}

/** The cursor is size and number of the page (`20:3`): with another size the number would mean other objects. */
export function readPageNumber(
  provider: string,
  { cursor, limit = mostPerPage }: { cursor: string | null; limit?: number | undefined },
): PageNumber {
  if (!cursor) return { page: 1, pageSize: Math.max(1, Math.min(limit, mostPerPage)) }
  const [, size, page] = /^(\d{1,2}):(\d{1,6})$/.exec(cursor) ?? []
  if (size && page) return { page: Number(page), pageSize: Number(size) }
  throw new PaymentProviderError({
    provider,
    code: 'provider_rejected',
    detail: `"${cursor}" is no cursor of this list.`,
  })
}

/** Only a link to the next page says for certain that there is one; a full page without links is asked on. */
export function pageOf({ page, pageSize }: PageNumber, found: number, links: Links): string | null {
  const hasNext = linkTo(links, 'next') !== null || (links.length === 0 && found === pageSize)
  return hasNext ? `${pageSize}:${page + 1}` : null
}
