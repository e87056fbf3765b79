import { sql } from 'drizzle-orm'
import type { Clock } from '../primitives/index.ts'
import type { StateStore } from '../providers/provider.ts'
import type { Database } from './database.ts'
import { asPlatform, type PlatformScope, rowsOf } from './scope.ts'

type InScope = <T>(work: (scope: PlatformScope) => Promise<T>) => Promise<T>

/** What one provider account keeps with us, in table provider_state. */
export function databaseStateStore({
  db,
  clock,
  provider,
}: {
  db: Database
  clock: Clock
  provider: string
}): StateStore {
  // Inside `exclusively` this is a scope in a scope, which is refused: the inner store is the one to use.
  const ownTransaction: InScope = (work) => asPlatform(db, work)
  return {
    ...storeOver(ownTransaction, clock, provider),
    exclusively: (work) =>
      ownTransaction(async (scope) => {
        await scope.tx.execute(
          sql`select pg_advisory_xact_lock(hashtextextended(${`billhook provider_state ${provider}`}, 0))`,
        )
        return work(storeInside(scope, clock, provider))
      }),
  }
}

function storeInside(scope: PlatformScope, clock: Clock, provider: string): StateStore {
  const store: StateStore = {
    ...storeOver((work) => work(scope), clock, provider),
    exclusively: (work) => work(store),
  }
  return store
}

/** Values travel as JSON text: drizzle's jsonb would parse a stored string a second time. */
function storeOver(inScope: InScope, clock: Clock, provider: string): Omit<StateStore, 'exclusively'> {
  return {
    get: async <T>(key: string) => {
      const [row] = await inScope(({ tx }) =>
        rowsOf<{ value: string }>(
          tx.execute(
            sql`select value::text as value from billhook.provider_state where provider = ${provider} and key = ${key}`,
          ),
        ),
      )
      return row ? (JSON.parse(row.value) as T) : null
    },
    put: async (key, value) => {
      const text = JSON.stringify(value)
      const at = clock.now().toISOString()
      await inScope(({ tx }) =>
        tx.execute(sql`insert into billhook.provider_state (provider, key, value, updated_at)
          values (${provider}, ${key}, ${text}::jsonb, ${at})
          on conflict (provider, key) do update set value = excluded.value, updated_at = excluded.updated_at`),
      )
    },
    delete: async (key) => {
      await inScope(({ tx }) =>
        tx.execute(sql`delete from billhook.provider_state where provider = ${provider} and key = ${key}`),
      )
    },
    list: async <T>(prefix: string) => {
      const rows = await inScope(({ tx }) =>
        rowsOf<{ key: string; value: string }>(
          tx.execute(sql`select key, value::text as value from billhook.provider_state
            where provider = ${provider} and starts_with(key, ${prefix}) order by key collate "C"`),
        ),
      )
      return rows.map(({ key, value }) => ({ key, value: JSON.parse(value) as T }))
    },
  }
}
