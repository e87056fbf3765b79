import { sql } from 'drizzle-orm'
import { Pool } from 'undici'
import { apiKey } from './fixture.ts'
import { inTurns, type Measured, type MeteringGround, rateOf, scoped } from './metering.ts'
import { startProcess } from './start-process.ts'

const batch = 500
const concurrency = 4

/**
 * Events over HTTP in batches, each counted once, durable and in the rollups when they are answered: beside one insert for each batch, from
 * unnested arrays, with the tenant scope set, into a table whose unique key drops duplicates.
 */
export async function measureIngest(ground: MeteringGround): Promise<Measured[]> {
  const { databaseUrl, options, pool, organizationIds, meterId } = ground
  const organizationAt = (n: number): string => organizationIds[n % organizationIds.length] ?? ''
  await pool.query(boundTable)
  const service = await startProcess('servers/billhook.ts', { environment: { BENCH_SIDE_DATABASE_URL: databaseUrl } })
  const http = new Pool(`http://127.0.0.1:${Object(service.ready).port}`, { connections: concurrency })
  try {
    const batches = Math.max(4, Math.round((options.events * 20) / batch))
    const { ours, bound } = await inTurns(
      options.rounds,
      (round) => rateOf(batches, concurrency, (n) => post(http, organizationAt(n), eventsOf(`${round}-${n}`))),
      (round) =>
        rateOf(batches, concurrency, (n) =>
          scoped(pool, organizationAt(n), insert(organizationAt(n), meterId, eventsOf(`${round}-${n}`))),
        ),
    )
    return [
      {
        name: `ingest over HTTP, ${batch} a batch, c=${concurrency}`,
        ours: ours * batch,
        bound: bound * batch,
        unit: 'events/s',
        ratio: ours / bound,
      },
    ]
  } finally {
    await http.close()
    await service.stop()
  }
}

interface BenchEvent {
  id: string
  meter: string
  quantity: number
  occurred_at: string
  properties: { model: string }
}

function eventsOf(name: string): BenchEvent[] {
  const occurred_at = new Date().toISOString()
  return Array.from({ length: batch }, (_, n) => ({
    ...{ id: `event-${name}-${n}`, meter: 'tokens', quantity: 1 + (n % 7), occurred_at },
    properties: { model: `model-${n % 3}` },
  }))
}

async function post(http: Pool, organizationId: string, events: BenchEvent[]): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${apiKey}`,
    'x-organization-id': organizationId,
  }
  const response = await http.request({
    path: '/api/v1/usage/',
    method: 'POST',
    headers,
    body: JSON.stringify({ events }),
  })
  const text = await response.body.text()
  if (response.statusCode !== 200 || Object(JSON.parse(text)).accepted !== batch)
    throw new Error(`The run is void: ${response.statusCode} ${text.slice(0, 300)}`)
}

const boundTable = `
  create table billhook.bench_usage (organization_id text not null, meter_id text not null, event_id text not null,
    occurred_at timestamptz not null, value numeric not null, properties jsonb not null, primary key (organization_id, meter_id, event_id));
  alter table billhook.bench_usage enable row level security;
  create policy own_organization on billhook.bench_usage to billhook_app
    using (organization_id = any ((select string_to_array(current_setting('billhook.organization_id', true), ','))::text[]))
    with check (organization_id = any ((select string_to_array(current_setting('billhook.organization_id', true), ','))::text[]));
  grant select, insert on billhook.bench_usage to billhook_app`

function insert(organizationId: string, meterId: string, events: BenchEvent[]) {
  const list = (values: unknown[]) => JSON.stringify(values).replace(/^\[/, '{').replace(/\]$/, '}')
  const ids = list(events.map(({ id }) => id))
  const times = list(events.map(({ occurred_at }) => occurred_at))
  const values = list(events.map(({ quantity }) => quantity))
  const properties = list(events.map((event) => JSON.stringify(event.properties)))
  return sql`insert into billhook.bench_usage
    select ${organizationId}, ${meterId}, e.* from unnest(${ids}::text[], ${times}::timestamptz[], ${values}::numeric[], ${properties}::jsonb[]) as e
    on conflict do nothing`
}
