/** The service's tables that an event of the bench writes to; those it finds filled are copied with their rows. */
const copied = ['bindings', 'subscriptions', 'subscription_items', 'subscription_periods', 'external_refs']
const empty = ['webhook_events', 'billing_events', 'invoices', 'invoice_lines', 'payments', 'payment_allocations']

/** Makes schema floor_full out of the preloaded schema billhook of the same database. */
export const floorFullTables = `
  create schema floor_full;
  ${[...copied, ...empty].map((name) => `create table floor_full.${name} (like billhook.${name} including all);`).join('\n')}
  do $$
  declare target text; names text;
  begin
    foreach target in array array['${copied.join("', '")}'] loop
      select string_agg(quote_ident(column_name), ', ') into names from information_schema.columns
        where table_schema = 'billhook' and table_name = target and is_generated = 'NEVER';
      execute format('insert into floor_full.%1$I (%2$s) select %2$s from billhook.%1$I', target, names);
    end loop;
  end $$;
  analyze`

// The lock on its binding lets one event of an organization after the other through. The one that waited reads that row anew, and all
// others as they were when its statement began: what depends on the event before comes from the binding.
//
// $1 to $8 are the envelope: id, dedupe key, line key, type, occurred at, payload version, payload, now. Then $9 the external
// subscription id, $10 the snapshot's digest, $11 the types of the facts, $12 their ids, $13 their data.
const begin = `
  with binding as (
    select organization_id, id, subscription_id, customer_id, observed_at, ticket_issued from floor_full.bindings
    where provider = 'stripe' and external_subscription_id = $9 for update),
  event as (
    insert into floor_full.webhook_events (id, organization_id, provider, provider_kind, dedupe_key, line_key, type, occurred_at,
      payload_version, mode, payload, status, attempts, due_at, received_at, processed_at)
    select $1, organization_id, 'stripe', 'stripe', $2, $3, $4, $5, $6, 'test', $7, 'processed', 1, $8, $8, $8 from binding
    on conflict (provider, dedupe_key) do nothing returning organization_id),
  target as (select binding.* from binding, event)`

const facts = (objectId: string, lastSequence: string, condition: string) => `
  insert into floor_full.billing_events (id, organization_id, type, object_kind, object_id, sequence, source, data, occurred_at, created_at)
  select fact.id, target.organization_id, fact.type, split_part(fact.type, '.', 1), ${objectId}, ${lastSequence} + fact.n, 'webhook',
    $13::jsonb, $5, $8
  from target, unnest($11::text[], $12::text[]) with ordinality as fact (type, id, n)
  where ${condition}`

// An event that comes after a newer one changes nothing and tells nothing.
const isNewer = 'target.observed_at < $5'

/** Then $14 status, $15 quantity, $16 and $17 the period, $18 the item's external id, $19 its price's. */
export const subscriptionStatement = `${begin},
  guard as (
    update floor_full.bindings set external_status = $14, observed_at = $5, observed_by = 'event', snapshot_digest = $10,
      ticket_issued = bindings.ticket_issued + 1, ticket_applied = bindings.ticket_issued + 1, updated_at = $8
    from target where bindings.id = target.id and ${isNewer}),
  subscription as (
    update floor_full.subscriptions set status = $14, quantity = $15, current_period_start = $16, current_period_end = $17,
      next_action_at = $17, updated_at = $8
    from target where subscriptions.id = target.subscription_id and ${isNewer}),
  item as (
    update floor_full.subscription_items set quantity = $15, external_price_id = $19
    from target where binding_id = target.id and external_item_id = $18 and ${isNewer}),
  period as (
    update floor_full.subscription_periods set end_at = $17
    from target where subscription_periods.subscription_id = target.subscription_id and start_at = $16 and ${isNewer})
  ${facts('target.subscription_id', 'target.ticket_issued * cardinality($11)', isNewer)}`

/** Then $14 the external invoice id, $15 ours, $16 amount, $17 number, $18 and $19 the period, $20 and $21 links, $22 the line's id, $23 its external id, $24 its text, $25 the external payment id, $26 and $27 ids of payment and allocation. */
export const invoiceStatement = `${begin},
  ref as (
    insert into floor_full.external_refs (provider, kind, external_id, organization_id, object_id)
    select 'stripe', 'invoice', $14, organization_id, $15 from target),
  invoice as (
    insert into floor_full.invoices (id, organization_id, customer_id, subscription_id, binding_id, provider, provider_kind,
      external_invoice_id, external_payment_intent_id, number, number_source, status, billing_reason, currency, subtotal, discount, tax, total, credit_applied,
      amount_due, amount_paid, amount_remaining, amount_refunded, period_start, period_end, finalized_at, paid_at, attempt_count,
      hosted_url, pdf_url, observed_at, observed_by, snapshot_digest, ticket_issued, ticket_applied, created_at, updated_at)
    select $15, organization_id, customer_id, subscription_id, id, 'stripe', 'stripe', $14, $25, $17, 'provider', 'paid',
      'subscription_cycle', 'EUR', $16, 0, 0, $16, 0, $16, $16, 0, 0, $18, $19, $5, $5, 1, $20, $21, $5, 'event', $10, 1, 1, $5, $8
    from target
    on conflict (provider, external_invoice_id) do update set status = excluded.status, paid_at = excluded.paid_at,
      observed_at = excluded.observed_at, snapshot_digest = excluded.snapshot_digest, updated_at = excluded.updated_at
    where invoices.observed_at < excluded.observed_at),
  line as (
    insert into floor_full.invoice_lines (id, organization_id, invoice_id, ordinal, external_line_id, description, quantity, amount,
      price_id, period_start, period_end)
    select $22, target.organization_id, $15, 1, $23, $24, 1, $16, subscriptions.price_id, $18, $19
    from target join floor_full.subscriptions on subscriptions.id = target.subscription_id),
  payment as (
    insert into floor_full.payments (id, organization_id, customer_id, binding_id, provider, provider_kind, external_payment_id, status,
      currency, amount, attempt_no, attempted_at, created_at, updated_at)
    select $26, organization_id, customer_id, id, 'stripe', 'stripe', $25, 'succeeded', 'EUR', $16, 1, $5, $5, $8 from target),
  allocation as (
    insert into floor_full.payment_allocations (id, organization_id, payment_id, invoice_id, amount)
    select $27, organization_id, $26, $15, $16 from target),
  paid as (
    update floor_full.subscriptions set paid_through_at = greatest(paid_through_at, $19), updated_at = $8
    from target where subscriptions.id = target.subscription_id)
  ${facts('$15', '0', 'true')}`
