import pg from 'pg'

/** Runs statements as the server's superuser on one connection, in the database that the URL names. */
export async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'billhook tests' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The same server and account, another database. */
export function withDatabase(url: string, database: string, login?: { user: string; password: string }): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  if (login) Object.assign(changed, { username: login.user, password: login.password })
  return changed.href
}

export const runPrefix = (runId: string): string => `billhook_test_${runId}`

/** On a server that outlives the run: removes the run's databases, and the role that owned some of them. */
export async function dropRunLeftovers(url: string, runId: string): Promise<void> {
  await asAdmin(url, async (client) => {
    const pattern = `${runPrefix(runId)}%`
    const databases = await client.query('SELECT datname FROM pg_database WHERE datname LIKE $1', [pattern])
    for (const { datname } of databases.rows) {
      await client.query(`ALTER DATABASE ${client.escapeIdentifier(datname)} IS_TEMPLATE false`)
      await client.query(`DROP DATABASE ${client.escapeIdentifier(datname)} WITH (FORCE)`)
    }
    const roles = await client.query('SELECT rolname FROM pg_roles WHERE rolname LIKE $1', [pattern])
    for (const { rolname } of roles.rows) await dropRole(client, rolname)
  })
}

async function dropRole(client: pg.Client, role: string): Promise<void> {
  const name = client.escapeIdentifier(role)
  // Roles that the plain owner's migrations made are shared by the server: the superuser takes over the grants on them.
  await client.query(`REASSIGN OWNED BY ${name} TO CURRENT_USER`)
  await client.query(`DROP OWNED BY ${name} CASCADE`)
  await client.query(`DROP ROLE ${name}`)
}
