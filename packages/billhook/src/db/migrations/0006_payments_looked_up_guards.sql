-- Written by hand: the worker that asks providers for payments sees which invoices wait, and nothing else of them.
CREATE POLICY platform_waiting ON billhook.invoices FOR SELECT TO billhook_platform USING (payments_due_at IS NOT NULL);
--> statement-breakpoint
GRANT SELECT (id, organization_id, provider, external_invoice_id, payments_due_at) ON billhook.invoices TO billhook_platform;
--> statement-breakpoint
-- A line that is added to a finalized invoice breaks its sum as much as one that is changed.
CREATE CONSTRAINT TRIGGER invoice_lines_sum_on_insert AFTER INSERT ON billhook.invoice_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.require_line_sum();
--> statement-breakpoint
-- One row a subscription: the binding that bills, or else the one that billed last.
CREATE OR REPLACE VIEW billhook_legacy.billing_subscription WITH (security_invoker = true) AS
  SELECT s.id, s.organization_id, s.price_id AS plan_id, s.status, b.stripe_subscription_id, c.stripe_customer_id,
         s.current_period_start, s.current_period_end, s.cancel_at IS NOT NULL AND s.ended_at IS NULL AS cancel_at_period_end,
         s.canceled_at, s.trial_start, s.trial_end, s.created_at, s.updated_at
  FROM billhook.subscriptions s
  LEFT JOIN LATERAL (
    SELECT * FROM billhook.bindings x
    WHERE x.organization_id = s.organization_id AND x.subscription_id = s.id AND x.role IN ('billing', 'ended') AND x.provider_kind = 'stripe'
    ORDER BY x.role = 'billing' DESC, x.created_at DESC LIMIT 1
  ) b ON true
  LEFT JOIN billhook.customers c ON c.organization_id = b.organization_id AND c.id = b.customer_id;
