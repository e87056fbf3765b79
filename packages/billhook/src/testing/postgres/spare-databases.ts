import type pg from 'pg'
import { asAdmin, runPrefix, withDatabase } from './database-admin.ts'

// Copying a template costs more than most tests. A database that nobody needs any more is emptied, checked and kept under a spare name for
// whoever is next, in this process or another; one that cannot be made as good as new is dropped.

const sparePrefix = (runId: string, template: string): string => `${runPrefix(runId)}_spare_${template}_`

/** Gives a spare copy of the template that name, if there is one. The caller holds the run's lock. */
export async function claimSpare(
  client: pg.Client,
  { runId, template, name }: { runId: string; template: string; name: string },
): Promise<boolean> {
  const { rows } = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1) LIMIT 1',
    [sparePrefix(runId, template)],
  )
  const [spare] = rows
  if (!spare) return false
  await client.query(`ALTER DATABASE ${spare.datname} RENAME TO ${name}`)
  return true
}

/** Writes down what a new copy looks like, to know it again. */
export async function markNew(client: pg.Client, url: string, name: string): Promise<void> {
  const looks = await asAdmin(url, looksOf)
  await client.query(`COMMENT ON DATABASE ${name} IS '${looks}'`)
}

/** Ends the life of a database under its name, whoever is still connected: it is spare afterwards, or gone. */
export async function releaseDatabase(
  serverUrl: string,
  { runId, template, name }: { runId: string; template: string; name: string },
): Promise<void> {
  const resting = `${runPrefix(runId)}_resting_${name.slice(-12)}`
  await asAdmin(serverUrl, async (client) => {
    try {
      await client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [name])
      // Nobody who still knows its name gets in while it is emptied.
      await client.query(`ALTER DATABASE ${name} RENAME TO ${resting}`)
      if (!(await emptied(client, withDatabase(serverUrl, resting), resting))) throw new Error('not as it was')
      await client.query(`ALTER DATABASE ${resting} RENAME TO ${sparePrefix(runId, template)}${name.slice(-12)}`)
    } catch {
      // Changed, in use again and again, or gone already: there will be a new copy instead.
      for (const each of [name, resting]) await client.query(`DROP DATABASE IF EXISTS ${each} WITH (FORCE)`)
    }
  })
}

/** Whether it could be made as good as new, by a superuser who is connected elsewhere on its server. */
async function emptied(client: pg.Client, url: string, name: string): Promise<boolean> {
  const looks = await looksWhenNew(client, `'${name}'`)
  return looks !== null && asAdmin(url, (inside) => emptyTables(inside, looks))
}

/** The same on one of its own connections, for a database whose connections stay open: none of the others may still be at work. */
export async function emptyInPlace(inside: Connection): Promise<boolean> {
  const busy = await inside.query(`SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'`)
  const looks = busy.rows.length === 0 ? await looksWhenNew(inside, 'current_database()') : null
  return looks !== null && emptyTables(inside, looks)
}

/** What was written down of it; null also where it has got settings of its own meanwhile. */
async function looksWhenNew(connection: Connection, name: string): Promise<string | null> {
  const { rows } = await connection.query<{ looks: string | null }>(
    `SELECT shobj_description(oid, 'pg_database') AS looks FROM pg_database
     WHERE datname = ${name} AND datconnlimit = -1 AND NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = pg_database.oid)`,
  )
  return rows[0]?.looks ?? null
}

/** A connection of the driver's, or the embedded database. */
export interface Connection {
  query<Row>(text: string): Promise<{ rows: Row[] }>
}

/** As it was when it looked like that: false when it looks otherwise now. */
export async function emptyTables(connection: Connection, looks: string): Promise<boolean> {
  if (looks !== (await looksOf(connection))) return false
  await connection.query(emptying)
  return true
}

// Triggers that forbid deletion and foreign keys are for the service, not for whoever cleans up behind it. Tables are deleted from rather than
// truncated, which would write new files for each of them and its indexes.
const emptying = `
  DO $$
  DECLARE item regclass; is_filled boolean;
  BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR item IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'billhook'::regnamespace AND relname <> 'migrations' LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM %s)', item) INTO is_filled;
      IF is_filled THEN EXECUTE format('DELETE FROM %s', item); END IF;
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
  END $$`

const catalogs = [
  ...['pg_class', 'pg_attribute', 'pg_attrdef', 'pg_constraint', 'pg_index', 'pg_trigger', 'pg_policy', 'pg_proc'],
  ...['pg_rewrite', 'pg_type', 'pg_namespace', 'pg_default_acl', 'pg_extension', 'pg_event_trigger'],
  ...['pg_statistic_ext', 'pg_sequence'],
]

/** Whatever changes a definition makes or removes rows of the catalogs; data, VACUUM and ANALYZE leave them alone. */
export async function looksOf(connection: Connection): Promise<string> {
  const parts = [...catalogs, 'billhook.migrations'].map(
    (name) => `SELECT '${name}' AS name, count(*) AS n, max(xmin::text::bigint) AS latest FROM ${name}`,
  )
  const { rows } = await connection.query<{ looks: string }>(
    `SELECT md5(string_agg(concat_ws(' ', name, n, latest), ',' ORDER BY name)) AS looks FROM (${parts.join(' UNION ALL ')}) AS parts`,
  )
  return rows[0]?.looks ?? ''
}
