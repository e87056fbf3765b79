-- Written by hand: who may see and write meters, grants and usage; and the months that usage events are kept in.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['grants', 'usage_events', 'usage_rollups', 'usage_counters', 'usage_values', 'usage_reservations'] LOOP
    EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format($p$CREATE POLICY own_organization ON billhook.%I TO billhook_app
      USING (organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]))
      WITH CHECK (organization_id = ANY ((SELECT string_to_array(current_setting('billhook.organization_id', true), ','))::text[]))$p$, t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON billhook.grants, billhook.usage_rollups, billhook.usage_counters, billhook.usage_reservations TO billhook_app;
--> statement-breakpoint
-- What was counted stays as it was counted.
GRANT SELECT, INSERT ON billhook.usage_events TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON billhook.usage_values TO billhook_app;
--> statement-breakpoint

-- Meters belong to the catalog: everybody may read them, the platform makes them.
ALTER TABLE billhook.meters ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE billhook.meters FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY public_catalog ON billhook.meters FOR SELECT TO billhook_app USING (true);
--> statement-breakpoint
CREATE POLICY platform ON billhook.meters TO billhook_platform USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT ON billhook.meters TO billhook_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON billhook.meters TO billhook_platform;
--> statement-breakpoint

-- Counters whose window is over go after a while, and their values with them; so do reservations that are long over.
CREATE POLICY platform ON billhook.usage_counters TO billhook_platform USING (true) WITH CHECK (true);
--> statement-breakpoint
CREATE POLICY platform ON billhook.usage_reservations TO billhook_platform USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT (ends_at), DELETE ON billhook.usage_counters TO billhook_platform;
--> statement-breakpoint
GRANT SELECT (expires_at), DELETE ON billhook.usage_reservations TO billhook_platform;
--> statement-breakpoint

-- A month of usage events is a partition, which nobody reaches but through the table above it. The roles may have one made or dropped, and
-- own none. Made beside the table and attached, so that whoever reads or writes usage meanwhile does not wait.
CREATE FUNCTION billhook.make_usage_partition(at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = billhook, pg_temp AS $$
DECLARE
  starts timestamptz := date_trunc('month', at, 'UTC');
  part text := 'usage_events_' || to_char(starts AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(6273946120459);
  IF to_regclass('billhook.' || part) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE billhook.%I (LIKE billhook.usage_events INCLUDING ALL)', part);
  EXECUTE format('ALTER TABLE billhook.%I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('ALTER TABLE billhook.%I FORCE ROW LEVEL SECURITY', part);
  EXECUTE format('ALTER TABLE billhook.usage_events ATTACH PARTITION billhook.%I FOR VALUES FROM (%L) TO (%L)',
    part, starts, date_trunc('month', starts + interval '32 days', 'UTC'));
END $$;
--> statement-breakpoint
-- Drops the partitions that hold nothing newer, and answers how many. It gives up rather than keep writers waiting.
CREATE FUNCTION billhook.drop_usage_partitions(older_than timestamptz) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = billhook, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  part record;
  dropped int := 0;
BEGIN
  FOR part IN SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'billhook.usage_events'::regclass
  LOOP
    IF to_date(right(part.name, 7), 'YYYY_MM') + interval '1 month' <= older_than AT TIME ZONE 'UTC' THEN
      EXECUTE format('DROP TABLE billhook.%I', part.name);
      dropped := dropped + 1;
    END IF;
  END LOOP;
  RETURN dropped;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION billhook.make_usage_partition(timestamptz), billhook.drop_usage_partitions(timestamptz) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION billhook.make_usage_partition(timestamptz), billhook.drop_usage_partitions(timestamptz) TO billhook_platform;
