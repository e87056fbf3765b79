-- Written by hand: roles, row-level security, triggers and the old names. What a constraint can hold, a constraint holds.

-- Two roles that own nothing and cannot log in. Every request and job takes one of them inside its transaction.
DO $$ BEGIN
  CREATE ROLE billhook_app NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
--> statement-breakpoint
DO $$ BEGIN
  CREATE ROLE billhook_platform NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
--> statement-breakpoint
DO $$
-- Since Postgres 16 the maker of a role administers it, but may take it on only after granting itself that.
DECLARE may text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  IF NOT pg_has_role(current_user, 'billhook_app', may) OR NOT pg_has_role(current_user, 'billhook_platform', may) THEN
    GRANT billhook_app, billhook_platform TO CURRENT_USER;
  END IF;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA billhook TO billhook_app, billhook_platform;
--> statement-breakpoint

-- The organization's own rows, and nothing without a scope. FORCE: the owner is held to it too.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY[
    'customers', 'payment_methods', 'checkout_sessions', 'subscriptions', 'subscription_items', 'subscription_periods',
    'subscription_changes', 'bindings', 'invoices', 'invoice_lines', 'payments', 'payment_allocations', 'refunds', 'credit_notes',
    'customer_balance_entries', 'billing_events', 'deliveries', 'operations', 'alerts', 'audit_log', 'portal_sessions', 'external_refs',
    'webhook_events', 'api_keys'
  ] LOOP
    EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format($p$CREATE POLICY own_organization ON billhook.%I TO billhook_app
      USING (organization_id = (SELECT current_setting('billhook.organization_id', true)))
      WITH CHECK (organization_id = (SELECT current_setting('billhook.organization_id', true)))$p$, t);
  END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE billhook.organizations ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE billhook.organizations FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY own_organization ON billhook.organizations TO billhook_app
  USING (id = (SELECT current_setting('billhook.organization_id', true)));
--> statement-breakpoint

-- The catalog: what everyone may buy, and what was made for this organization alone.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['plans', 'prices', 'provider_prices'] LOOP
    EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format($p$CREATE POLICY own_or_public ON billhook.%I FOR SELECT TO billhook_app
      USING (organization_id IS NULL OR organization_id = (SELECT current_setting('billhook.organization_id', true)))$p$, t);
  END LOOP;
END $$;
--> statement-breakpoint

-- The door, the workers and the operators see the tables they need across organizations, and no others.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY[
    'organizations', 'plans', 'prices', 'provider_prices', 'webhook_events', 'external_refs', 'alerts', 'audit_log', 'operations',
    'portal_sessions', 'api_keys', 'billing_events', 'deliveries', 'checkout_sessions', 'subscriptions'
  ] LOOP
    EXECUTE format('CREATE POLICY platform ON billhook.%I TO billhook_platform USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint

GRANT SELECT ON billhook.organizations, billhook.plans, billhook.prices, billhook.provider_prices TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON billhook.customers, billhook.payment_methods, billhook.checkout_sessions, billhook.subscriptions,
  billhook.subscription_periods, billhook.subscription_changes, billhook.bindings, billhook.invoices, billhook.payments,
  billhook.payment_allocations, billhook.refunds, billhook.operations, billhook.deliveries, billhook.alerts TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON billhook.subscription_items, billhook.invoice_lines TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON billhook.billing_events, billhook.audit_log, billhook.external_refs, billhook.credit_notes,
  billhook.customer_balance_entries, billhook.portal_sessions TO billhook_app;
--> statement-breakpoint
GRANT SELECT, UPDATE ON billhook.webhook_events TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON billhook.organizations, billhook.api_keys, billhook.plans, billhook.prices, billhook.provider_prices,
  billhook.webhook_events, billhook.alerts, billhook.operations, billhook.portal_sessions TO billhook_platform;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON billhook.provider_state, billhook.idempotency_keys TO billhook_platform;
--> statement-breakpoint
GRANT SELECT, INSERT ON billhook.external_refs, billhook.audit_log TO billhook_platform;
--> statement-breakpoint
GRANT SELECT, UPDATE ON billhook.deliveries TO billhook_platform;
--> statement-breakpoint
GRANT SELECT ON billhook.billing_events, billhook.checkout_sessions, billhook.subscriptions TO billhook_platform;
--> statement-breakpoint

ALTER TABLE billhook.checkout_sessions ADD CONSTRAINT checkout_sessions_subscription
  FOREIGN KEY (organization_id, subscription_id) REFERENCES billhook.subscriptions (organization_id, id);
--> statement-breakpoint

-- Amounts are read as JavaScript numbers: beyond 2^53 - 1 they would silently be other amounts.
DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'billhook' AND data_type = 'bigint'
      AND (column_name LIKE 'amount%' OR column_name IN ('subtotal', 'discount', 'tax', 'total', 'credit_applied'))
  LOOP
    EXECUTE format('ALTER TABLE billhook.%I ADD CONSTRAINT %I CHECK (%I BETWEEN -9007199254740991 AND 9007199254740991)',
      c.table_name, c.table_name || '_' || c.column_name || '_is_safe', c.column_name);
  END LOOP;
END $$;
--> statement-breakpoint

-- A price that was shown to anyone stays what it was.
CREATE FUNCTION billhook.refuse_price_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.plan_id, NEW.currency, NEW.amount, NEW.interval, NEW.interval_count, NEW.tax_behavior)
     IS DISTINCT FROM (OLD.plan_id, OLD.currency, OLD.amount, OLD.interval, OLD.interval_count, OLD.tax_behavior) THEN
    RAISE EXCEPTION 'price % cannot be edited: make a successor', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'prices_immutable';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER prices_immutable BEFORE UPDATE ON billhook.prices FOR EACH ROW EXECUTE FUNCTION billhook.refuse_price_edit();
--> statement-breakpoint

CREATE FUNCTION billhook.guard_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'canceled' AND NEW.status <> 'canceled' THEN
    RAISE EXCEPTION 'subscription % has ended and cannot become %', OLD.id, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'subscriptions_terminal';
  END IF;
  IF OLD.paid_through_at IS NOT NULL AND (NEW.paid_through_at IS NULL OR NEW.paid_through_at < OLD.paid_through_at)
     AND coalesce(current_setting('billhook.end_now', true), '') <> 'on' THEN
    RAISE EXCEPTION 'paid-through of subscription % moves only forward', OLD.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'subscriptions_paid_through_forward';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER subscriptions_guard BEFORE UPDATE ON billhook.subscriptions FOR EACH ROW EXECUTE FUNCTION billhook.guard_subscription();
--> statement-breakpoint

-- Whoever is billed is billed by somebody: looked at when the transaction commits, so that a move between bindings may take two statements.
CREATE FUNCTION billhook.require_billing_binding() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = billhook, pg_temp AS $$
DECLARE subject text := CASE TG_TABLE_NAME WHEN 'subscriptions' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(NEW) ->> 'subscription_id' END;
BEGIN
  IF EXISTS (SELECT 1 FROM subscriptions s JOIN prices p ON p.id = s.price_id
             WHERE s.id = subject AND s.status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused') AND p.amount > 0)
     AND NOT EXISTS (SELECT 1 FROM bindings b WHERE b.subscription_id = subject AND b.role = 'billing') THEN
    RAISE EXCEPTION 'live subscription % has no billing binding', subject
      USING ERRCODE = 'check_violation', CONSTRAINT = 'subscriptions_billing_binding';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER subscriptions_billing_binding AFTER INSERT OR UPDATE OF status, price_id ON billhook.subscriptions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.require_billing_binding();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER bindings_billing_binding AFTER UPDATE OF role ON billhook.bindings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.require_billing_binding();
--> statement-breakpoint

CREATE FUNCTION billhook.guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status <> 'draft' AND (NEW.subtotal, NEW.discount, NEW.tax, NEW.total, NEW.currency, NEW.status = 'draft')
     IS DISTINCT FROM (OLD.subtotal, OLD.discount, OLD.tax, OLD.total, OLD.currency, false) THEN
    RAISE EXCEPTION 'invoice % is finalized and cannot change', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
  END IF;
  IF OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number THEN
    RAISE EXCEPTION 'invoice % keeps its number', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER invoices_guard BEFORE UPDATE ON billhook.invoices FOR EACH ROW EXECUTE FUNCTION billhook.guard_invoice();
--> statement-breakpoint

CREATE FUNCTION billhook.require_line_sum() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = billhook, pg_temp AS $$
DECLARE subject text := CASE TG_TABLE_NAME WHEN 'invoices' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(coalesce(NEW, OLD)) ->> 'invoice_id' END;
BEGIN
  IF EXISTS (SELECT 1 FROM invoices i WHERE i.id = subject
             AND i.subtotal <> (SELECT coalesce(sum(l.amount), 0) FROM invoice_lines l WHERE l.invoice_id = subject)) THEN
    RAISE EXCEPTION 'lines of invoice % do not sum to its subtotal', subject
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_lines_sum';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER invoices_lines_sum AFTER INSERT OR UPDATE OF subtotal ON billhook.invoices
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.require_line_sum();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER invoice_lines_sum AFTER UPDATE OR DELETE ON billhook.invoice_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.require_line_sum();
--> statement-breakpoint

-- The old, Stripe-only names, for SQL readers. security_invoker: a reader sees what its own role may see.
CREATE SCHEMA IF NOT EXISTS billhook_legacy;
--> statement-breakpoint
GRANT USAGE ON SCHEMA billhook_legacy TO billhook_app, billhook_platform;
--> statement-breakpoint
CREATE VIEW billhook_legacy.billing_plan WITH (security_invoker = true) AS
  SELECT p.id, l.key AS slug, l.name, l.description, p.amount, p.currency, p.interval, l.features, l.limits,
         pp.stripe_price_id, pp.stripe_product_id, l.archived_at IS NULL AND p.archived_at IS NULL AS is_active, p.created_at
  FROM billhook.prices p
  JOIN billhook.plans l ON l.id = p.plan_id
  LEFT JOIN billhook.provider_prices pp ON pp.price_id = p.id AND pp.provider_kind = 'stripe';
--> statement-breakpoint
CREATE VIEW billhook_legacy.billing_subscription WITH (security_invoker = true) AS
  SELECT s.id, s.organization_id, s.price_id AS plan_id, s.status, b.stripe_subscription_id, c.stripe_customer_id,
         s.current_period_start, s.current_period_end, s.cancel_at IS NOT NULL AND s.ended_at IS NULL AS cancel_at_period_end,
         s.canceled_at, s.trial_start, s.trial_end, s.created_at, s.updated_at
  FROM billhook.subscriptions s
  LEFT JOIN billhook.bindings b ON b.organization_id = s.organization_id AND b.subscription_id = s.id AND b.role IN ('billing', 'ended')
    AND b.provider_kind = 'stripe'
  LEFT JOIN billhook.customers c ON c.organization_id = b.organization_id AND c.id = b.customer_id;
--> statement-breakpoint
CREATE VIEW billhook_legacy.billing_invoice WITH (security_invoker = true) AS
  SELECT i.id, i.organization_id, i.subscription_id, i.stripe_invoice_id, i.stripe_payment_intent_id, i.number, i.status, i.currency,
         i.amount_due, i.amount_paid, i.period_start, i.period_end, i.due_at AS due_date, i.paid_at, i.hosted_url AS hosted_invoice_url,
         i.pdf_url AS invoice_pdf, i.created_at
  FROM billhook.invoices i;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA billhook_legacy TO billhook_app;
