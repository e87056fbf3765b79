-- Written by hand: who may see and write what reconciliation finds. A difference is written in the transaction that repairs it.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['reconcile_runs', 'reconcile_differences'] LOOP
    EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format($p$CREATE POLICY own_organization ON billhook.%I TO billhook_app
      USING (organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]))
      WITH CHECK (organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]))$p$, t);
    EXECUTE format('CREATE POLICY platform ON billhook.%I TO billhook_platform USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT ON billhook.reconcile_differences TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON billhook.reconcile_runs, billhook.reconcile_differences, billhook.reconcile_seen TO billhook_platform;
