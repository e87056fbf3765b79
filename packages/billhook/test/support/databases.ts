import { inject } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { openTestDatabase } from '../../src/testing/postgres/index.ts'

const embedded = { name: 'the embedded database', open: () => openTestDatabase('embedded') }

/** What promises of the database must hold on: every kind of connection that this machine can make. */
export const databases: Array<{ name: string; open: () => Promise<Database> }> =
  'unavailable' in inject('testServer')
    ? [embedded]
    : [
        { name: 'Postgres, connected as a superuser', open: () => openTestDatabase('superuser') },
        { name: 'Postgres, connected as the plain owner', open: () => openTestDatabase('plain') },
        embedded,
      ]
