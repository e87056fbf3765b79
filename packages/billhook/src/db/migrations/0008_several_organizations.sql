-- Written by hand: a scope may name several organizations, and the guards cost less where nothing changes that they guard.

-- The setting holds one id, or several with commas between. Read once a statement, not once a row.
DO $$
DECLARE p record;
BEGIN
  FOR p IN SELECT tablename, policyname, cmd, with_check FROM pg_policies
    WHERE schemaname = 'billhook' AND policyname IN ('own_organization', 'own_or_public')
  LOOP
    EXECUTE format('ALTER POLICY %I ON billhook.%I USING (%s %s = ANY ((SELECT string_to_array(current_setting(''billhook.organization_id'', true), '',''))::text[]))',
      p.policyname, p.tablename,
      CASE p.policyname WHEN 'own_or_public' THEN 'organization_id IS NULL OR' ELSE '' END,
      CASE p.tablename WHEN 'organizations' THEN 'id' ELSE 'organization_id' END);
    IF p.with_check IS NOT NULL THEN
      EXECUTE format('ALTER POLICY %I ON billhook.%I WITH CHECK (organization_id = ANY ((SELECT string_to_array(current_setting(''billhook.organization_id'', true), '',''))::text[]))',
        p.policyname, p.tablename);
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
-- An event that is applied as it arrives is stored as its organization's, in the transaction of what it changed.
GRANT INSERT ON billhook.webhook_events TO billhook_app;
--> statement-breakpoint

-- Whoever is billed is billed by somebody: asked at the end of the transaction, and only where the answer may have changed.
CREATE FUNCTION billhook.require_billing_binding_of(subject text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = billhook, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM subscriptions s JOIN prices p ON p.id = s.price_id
             WHERE s.id = subject AND s.status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused') AND p.amount > 0)
     AND NOT EXISTS (SELECT 1 FROM bindings b WHERE b.subscription_id = subject AND b.role = 'billing') THEN
    RAISE EXCEPTION 'live subscription % has no billing binding', subject
      USING ERRCODE = 'check_violation', CONSTRAINT = 'subscriptions_billing_binding';
  END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION billhook.subscription_is_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM billhook.require_billing_binding_of(NEW.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION billhook.binding_leaves_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM billhook.require_billing_binding_of(NEW.subscription_id);
  RETURN NULL;
END $$;
--> statement-breakpoint
DROP TRIGGER subscriptions_billing_binding ON billhook.subscriptions;
--> statement-breakpoint
DROP TRIGGER bindings_billing_binding ON billhook.bindings;
--> statement-breakpoint
DROP FUNCTION billhook.require_billing_binding();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER subscriptions_billing_binding_new AFTER INSERT ON billhook.subscriptions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.subscription_is_billed();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER subscriptions_billing_binding AFTER UPDATE ON billhook.subscriptions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.price_id IS DISTINCT FROM NEW.price_id)
  EXECUTE FUNCTION billhook.subscription_is_billed();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER bindings_billing_binding AFTER UPDATE ON billhook.bindings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.role IS DISTINCT FROM NEW.role OR OLD.subscription_id IS DISTINCT FROM NEW.subscription_id)
  EXECUTE FUNCTION billhook.binding_leaves_billed();
--> statement-breakpoint

CREATE FUNCTION billhook.require_line_sum_of(subject text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = billhook, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM invoices i WHERE i.id = subject
             AND i.subtotal <> (SELECT coalesce(sum(l.amount), 0) FROM invoice_lines l WHERE l.invoice_id = subject)) THEN
    RAISE EXCEPTION 'lines of invoice % do not sum to its subtotal', subject
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_lines_sum';
  END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION billhook.invoice_is_its_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM billhook.require_line_sum_of(NEW.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION billhook.line_of_its_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM billhook.require_line_sum_of(CASE TG_OP WHEN 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END);
  RETURN NULL;
END $$;
--> statement-breakpoint
DROP TRIGGER invoices_lines_sum ON billhook.invoices;
--> statement-breakpoint
DROP TRIGGER invoice_lines_sum ON billhook.invoice_lines;
--> statement-breakpoint
DROP TRIGGER invoice_lines_sum_on_insert ON billhook.invoice_lines;
--> statement-breakpoint
DROP FUNCTION billhook.require_line_sum();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER invoices_lines_sum_new AFTER INSERT ON billhook.invoices
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.invoice_is_its_lines();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER invoices_lines_sum AFTER UPDATE ON billhook.invoices
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.subtotal IS DISTINCT FROM NEW.subtotal)
  EXECUTE FUNCTION billhook.invoice_is_its_lines();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER invoice_lines_sum AFTER INSERT OR UPDATE OR DELETE ON billhook.invoice_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billhook.line_of_its_invoice();
