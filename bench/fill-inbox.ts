import { query } from './database.ts'

const organizations = 2_000
/** Customers, each with events of its own that are worked through in order. */
const lines = 20_000

/**
 * So many events in the inbox of half a year, as rows and not through the door: 97 in 100 processed, 2 ignored, the rest dead, failed or
 * waiting; the BillingEvents that belong to them, and their
 * deliveries to one endpoint. Payloads have the size that Postgres gives those of 4 KB.
 */
export async function fillInbox(url: string, events: number): Promise<void> {
  await query(
    url,
    `set session_replication_role = replica;
    insert into billhook.organizations (id, external_id, name, email, country, currency, timezone, metadata, created_at, updated_at)
      select ${organizationId('n')}, 'organization ' || n, 'Organization ' || n, 'a@a.test', 'DE', 'EUR', 'UTC', '{}', now(), now()
      from generate_series(0, ${organizations - 1}) n on conflict do nothing;
    insert into billhook.webhook_events (id, organization_id, provider, provider_kind, dedupe_key, line_key, type, occurred_at, payload_version,
        mode, payload, status, reason, attempts, due_at, received_at, processed_at)
      select 'bhwh_' || ${uuid}, ${organizationId(`n % ${organizations}`)}, 'stripe', 'stripe', 'evt_' || md5(n::text),
        'cus_' || n % ${lines}, case when n % 5000 = 0 then 'charge.dispute.created' when n % 2 = 0 then 'invoice.paid' else 'customer.subscription.updated' end,
        at, '2026-10-28.endive', 'live', repeat(md5(n::text), 48), status, case when status in ('received', 'processed') then null else 'why it is so' end,
        1, at, at, case when status in ('processed', 'ignored') then at end
      from (${rows(events)}) rows;
    insert into billhook.billing_events (id, organization_id, type, object_kind, object_id, sequence, source, data, occurred_at, created_at)
      select 'bhevt_' || ${uuid}, ${organizationId(`n % ${organizations}`)}, case when n % 5000 = 0 then 'dispute.opened' when n % 2 = 0 then 'invoice.paid' else 'subscription.updated' end,
        'subscription', 'object ' || n % ${lines}, n / ${lines}, 'webhook', jsonb_build_object('id', md5(n::text), 'text', repeat(md5(n::text), 16)), at, at
      from (${rows(events)}) rows;
    insert into billhook.webhook_endpoints (id, url, description, status, created_at, updated_at)
      values ('${endpointId}', 'https://example.com/', '', 'active', now(), now());
    insert into billhook.deliveries (id, organization_id, billing_event_id, receiver, endpoint_id, status, attempts, due_at, delivered_at)
      select replace(id, 'bhevt', 'bhdel'), organization_id, id, '${endpointId}', '${endpointId}', status, 1, occurred_at,
        case when status = 'delivered' then occurred_at end
      from (select *, case when row_number() over (order by id) % 5000 = 7 then 'dead' when row_number() over (order by id) > ${events} - 200 then 'pending'
        else 'delivered' end as status from billhook.billing_events) events`,
  )
  await query(url, 'vacuum (analyze) billhook.deliveries')
  await query(url, 'vacuum (analyze) billhook.webhook_events')
  await query(url, 'vacuum (analyze) billhook.billing_events')
}

/** One of the platform, which hears of everything. */
export const endpointId = 'bhwe_019a000000007000800000000000000e'

export const organizationId = (n: string): string => `'bhorg_019a0000000070008000' || lpad(to_hex(${n}), 12, '0')`
const uuid = `lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15)`

// Two seconds apart at the end, as the inbox was when nobody looked after the dead; what waits is of the last minutes.
const rows = (events: number): string => `
  select n, now() - (${events} - n) * (interval '180 days' / ${events}) as at,
    case when n > ${events} - 200 then 'received' when n % 100 in (1, 2) then 'ignored' when n % 1000 = 7 then 'dead'
      when n % 5000 = 11 then 'failed' else 'processed' end as status
  from generate_series(1, ${events}) n order by n`
