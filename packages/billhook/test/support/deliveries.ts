import { type Delivery, type Shop, selectRows } from './sandbox-shop.ts'

/** Undoes what the deliveries did; customers, the catalog and the intents of checkouts were there before. */
export const forget = (shop: Shop) =>
  selectRows(
    shop.billing,
    `do $$ declare made text; begin
       set local session_replication_role = replica;
       foreach made in array array['subscriptions', 'bindings', 'subscription_items', 'subscription_periods', 'invoices',
         'invoice_lines', 'invoice_sequences', 'refunds', 'payments', 'payment_allocations', 'billing_events', 'alerts', 'audit_log', 'webhook_events'] loop
         execute format('delete from billhook.%I', made);
       end loop;
       delete from billhook.external_refs where kind in ('subscription', 'invoice', 'payment', 'refund');
       update billhook.checkout_sessions set subscription_id = null, status = 'open', concluded_by = null, observed_at = null,
         observed_by = null, snapshot_digest = null, ticket_issued = 0, ticket_applied = 0;
     end $$`,
  )

/** Hands deliveries over one by one, each worked on before the next comes, as the worst network would. */
export async function deliver(shop: Shop, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) {
    await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
    await shop.billing.runJobs()
  }
}

export const openInbox = (shop: Shop) =>
  selectRows(shop.billing, `select type, status, reason from billhook.webhook_events where status <> 'processed'`)
