-- Written by hand: who may see and write endpoints, their secrets and the log of what was sent to them.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['webhook_endpoints', 'webhook_secrets', 'delivery_attempts'] LOOP
    EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY platform ON billhook.%I TO billhook_platform USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- An organization's facts are handed to its own endpoints and to the platform's: it may see where they go to, not the addresses.
CREATE POLICY own_or_platform ON billhook.webhook_endpoints FOR SELECT TO billhook_app
  USING (organization_id IS NULL OR organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]));
--> statement-breakpoint
GRANT SELECT (id, organization_id, event_types, status) ON billhook.webhook_endpoints TO billhook_app;
--> statement-breakpoint
CREATE POLICY own_organization ON billhook.delivery_attempts FOR SELECT TO billhook_app
  USING (organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]));
--> statement-breakpoint
GRANT SELECT ON billhook.delivery_attempts TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON billhook.webhook_endpoints TO billhook_platform;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON billhook.webhook_secrets, billhook.delivery_attempts TO billhook_platform;
--> statement-breakpoint
-- What was missed is delivered later at somebody's request.
GRANT INSERT ON billhook.deliveries TO billhook_platform;
