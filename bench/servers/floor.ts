// What Node and pg can do at all: verify, then a ledger row and the object's state in one statement.
import pg from 'pg'
import { intakeListener, listen } from './listen.ts'
import { verifiedEvent } from './verify.ts'

const pool = new pg.Pool({ connectionString: process.env.BENCH_SIDE_DATABASE_URL, max: 10 })
await pool.query(`create table if not exists event (id text primary key, type text not null, created bigint not null,
    received_at timestamptz not null default now(), payload text not null);
  create table if not exists object (id text primary key, kind text not null, version bigint not null, status text, data text not null)`)

// A duplicate's empty ledger row leaves the object alone, and so does an older version.
const text = `with ledger as (
    insert into event (id, type, created, payload) values ($1, $2, $3, $4) on conflict do nothing returning id)
  insert into object (id, kind, version, status, data) select $5, $6, $3, $7, $8 from ledger
  on conflict (id) do update set version = excluded.version, status = excluded.status, data = excluded.data
  where object.version <= excluded.version`

const intake = async (body: Buffer, signature: string): Promise<void> => {
  const { id, type, created, data } = verifiedEvent(body, signature)
  const { object } = data
  const values = [id, type, created, body.toString(), object.id, object.object, object.status, JSON.stringify(object)]
  await pool.query({ name: 'intake', text, values })
}
await listen(intakeListener(intake), () => pool.end())
