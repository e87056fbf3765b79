import type { AccountPage, PageRequest } from '../account.ts'
import { PaymentProviderError } from '../provider-error.ts'
import { UnreadableObject } from './errors.ts'

/** Stripe's most for a page (docs.stripe.com/api/pagination). */
const mostPerPage = 100

export const listParams = ({ cursor, limit = mostPerPage }: PageRequest) => ({
  limit: Math.min(limit, mostPerPage),
  ...(cursor && { starting_after: cursor }),
})

/** Reads each object of a page by itself: what cannot be read is named, and the others stand. */
export async function readPage<W extends { id: string }, T>(
  page: { data: W[]; has_more: boolean },
  read: (wire: W) => Promise<T>,
): Promise<AccountPage<T>> {
  const data: T[] = []
  const unreadable: AccountPage<T>['unreadable'] = []
  for (const wire of page.data) {
    try {
      data.push(await read(wire))
    } catch (error) {
      if (!isUnreadable(error)) throw error
      unreadable.push({ externalId: wire.id, reason: error.message })
    }
  }
  return { data, unreadable, nextCursor: page.has_more ? (page.data.at(-1)?.id ?? null) : null }
}

const isUnreadable = (error: unknown): error is Error =>
  error instanceof UnreadableObject || (error instanceof PaymentProviderError && error.code === 'malformed_payload')
