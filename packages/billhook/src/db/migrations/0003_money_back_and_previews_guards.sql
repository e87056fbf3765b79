-- Written by hand: who may see and write the tables of refunds, coupons, disputes, previews and usage reports.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['disputes', 'change_previews', 'usage_reports'] LOOP
    EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format($p$CREATE POLICY own_organization ON billhook.%I TO billhook_app
      USING (organization_id = (SELECT current_setting('billhook.organization_id', true)))
      WITH CHECK (organization_id = (SELECT current_setting('billhook.organization_id', true)))$p$, t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['coupons', 'provider_coupons'] LOOP
    EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format($p$CREATE POLICY own_or_public ON billhook.%I FOR SELECT TO billhook_app
      USING (organization_id IS NULL OR organization_id = (SELECT current_setting('billhook.organization_id', true)))$p$, t);
    EXECUTE format('CREATE POLICY platform ON billhook.%I TO billhook_platform USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT ON billhook.coupons, billhook.provider_coupons TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON billhook.disputes, billhook.change_previews, billhook.usage_reports TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON billhook.coupons, billhook.provider_coupons TO billhook_platform;
--> statement-breakpoint
ALTER TABLE billhook.coupons ADD CONSTRAINT coupons_amount_off_is_safe CHECK (amount_off <= 9007199254740991);
--> statement-breakpoint
ALTER TABLE billhook.disputes ADD CONSTRAINT disputes_amount_is_safe CHECK (amount <= 9007199254740991);
--> statement-breakpoint
-- A coupon that was shown to anyone takes off what it took off.
CREATE FUNCTION billhook.refuse_coupon_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.percent_off, NEW.amount_off, NEW.currency, NEW.duration, NEW.duration_in_months)
     IS DISTINCT FROM (OLD.percent_off, OLD.amount_off, OLD.currency, OLD.duration, OLD.duration_in_months) THEN
    RAISE EXCEPTION 'coupon % cannot be edited: make another one', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'coupons_immutable';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER coupons_immutable BEFORE UPDATE ON billhook.coupons FOR EACH ROW EXECUTE FUNCTION billhook.refuse_coupon_edit();
