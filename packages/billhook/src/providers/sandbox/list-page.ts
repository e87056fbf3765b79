import type { PageRequest } from '../account.ts'
import type { Page } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import type { SandboxObjects } from './objects.ts'
import { findObject } from './state.ts'

const mostPerPage = 100

/** One page of a kept list, oldest first within a customer. The cursor is the last row's key, so rows added meanwhile move nothing. */
export function listPage<K extends 'subscription' | 'invoice'>(
  client: SandboxClient,
  kind: K,
  prefix: string,
  { cursor, limit = mostPerPage }: PageRequest,
): Promise<Page<SandboxObjects[K]>> {
  if (cursor !== null && !cursor.startsWith(prefix)) {
    throw sandboxError(client.providerName, 'provider_rejected', 'This cursor belongs to another list.')
  }
  return client.read(async (store) => {
    const rows = await store.list<string>(prefix)
    const rest = cursor === null ? rows : rows.filter(({ key }) => key > cursor)
    const pageSize = Math.min(limit, mostPerPage)
    const data: Array<SandboxObjects[K]> = []
    for (const { value: id } of rest.slice(0, pageSize)) {
      const record = await findObject(store, kind, id)
      if (record !== null) data.push(record)
    }
    return { data, nextCursor: rest.length > pageSize ? (rest[pageSize - 1]?.key ?? null) : null }
  })
}
