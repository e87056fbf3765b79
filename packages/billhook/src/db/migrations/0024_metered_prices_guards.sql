-- Written by hand: whose usage a price bills, and for how much, stays what it was, like the rest of it.
CREATE OR REPLACE FUNCTION billhook.refuse_price_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.plan_id, NEW.currency, NEW.amount, NEW.interval, NEW.interval_count, NEW.tax_behavior, NEW.meter_id, NEW.unit_amount_decimal)
     IS DISTINCT FROM
     (OLD.plan_id, OLD.currency, OLD.amount, OLD.interval, OLD.interval_count, OLD.tax_behavior, OLD.meter_id, OLD.unit_amount_decimal) THEN
    RAISE EXCEPTION 'price % cannot be edited: make a successor', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'prices_immutable';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
-- The worker that reports usage sees which metered items are due and whose they are, and nothing else of them.
CREATE INDEX subscription_items_usage_due ON billhook.subscription_items (usage_due_at NULLS FIRST) WHERE quantity IS NULL AND price_id IS NOT NULL;
--> statement-breakpoint
CREATE POLICY platform_finds_metered ON billhook.subscription_items FOR SELECT TO billhook_platform USING (quantity IS NULL);
--> statement-breakpoint
CREATE POLICY platform_claims_metered ON billhook.subscription_items FOR UPDATE TO billhook_platform USING (quantity IS NULL) WITH CHECK (quantity IS NULL);
--> statement-breakpoint
GRANT SELECT (id, organization_id, subscription_id, binding_id, price_id, quantity, usage_due_at), UPDATE (usage_due_at)
  ON billhook.subscription_items TO billhook_platform;
