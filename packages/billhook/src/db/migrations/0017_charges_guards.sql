-- Written by hand: an organization's own numbering, and bills whose payments are allocated anew.
ALTER TABLE billhook.invoice_sequences ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE billhook.invoice_sequences FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY own_organization ON billhook.invoice_sequences TO billhook_app
  USING (organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]))
  WITH CHECK (organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]));
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON billhook.invoice_sequences TO billhook_app;
--> statement-breakpoint
-- Which bill a payment went to may turn out to be another one when more is known; a provider's own allocations only grow.
GRANT DELETE ON billhook.payment_allocations TO billhook_app;
--> statement-breakpoint
ALTER TABLE billhook.payments ADD CONSTRAINT payments_tax_is_safe CHECK (tax <= 9007199254740991);
--> statement-breakpoint
-- Numbers are given one after another, never back and never one left out.
CREATE FUNCTION billhook.guard_invoice_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.prefix <> OLD.prefix OR NEW.last_number <> OLD.last_number + 1 THEN
    RAISE EXCEPTION 'invoice numbers of % go on after %-%', OLD.organization_id, OLD.prefix, OLD.last_number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_sequences_gapless';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER invoice_sequences_gapless BEFORE UPDATE ON billhook.invoice_sequences
  FOR EACH ROW EXECUTE FUNCTION billhook.guard_invoice_sequence();
