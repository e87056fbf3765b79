import type { AccountPage } from '../account.ts'
import { PaymentProviderError } from '../provider-error.ts'
import { UnreadableObject } from './errors.ts'

/** Reads each object of a page by itself: what cannot be read is named, and the others stand. */
export async function readPage<T>(
  { ids, nextCursor }: { ids: readonly string[]; nextCursor: string | null },
  read: (id: string) => Promise<T[]>,
): Promise<AccountPage<T>> {
  const data: T[] = []
  const unreadable: AccountPage<T>['unreadable'] = []
  for (const id of ids) {
    try {
      data.push(...(await read(id)))
    } catch (error) {
      if (!isUnreadable(error)) throw error
      unreadable.push({ externalId: id, reason: error.message })
    }
  }
  return { data, unreadable, nextCursor }
}

const isUnreadable = (error: unknown): error is Error =>
  error instanceof UnreadableObject || (error instanceof PaymentProviderError && error.code === 'malformed_payload')
